// The one window: made when first wanted, hidden instead of closed, told the state only while somebody can see it.
import { app, BrowserWindow, nativeTheme, screen } from 'electron';
import type { Log } from '../agent/ports.ts';
import { channelOf } from '#shared/contracts/desktop/channels.ts';
import type { DesktopState } from '#shared/contracts/desktop/state.ts';
import type { Route } from '#shared/contracts/desktop/route.ts';
import type { Settings } from '#shared/contracts/desktop/settings.ts';
import { APP_ORIGIN } from './app-files.ts';
import type { RememberedBounds } from './remembered-bounds.ts';
import { createRouteBox } from './route-box.ts';
import { limitReloads } from './reload-limit.ts';
import { placeWindow, SMALLEST_SIZE, type Rectangle } from './window-placement.ts';

export type StateSource = {
  /** Parsed by its contract; null when it does not fit. */
  readonly state: () => DesktopState | null;
  readonly subscribe: (listener: () => void) => () => void;
};

export type MainWindow = {
  /** Shows and focuses it, at this route or where it was. Before there is a state it only remembers the wish. */
  readonly show: (route?: Route) => void;
  readonly hide: () => void;
  /** From now on there is something to show. */
  readonly attach: (source: StateSource, bounds: RememberedBounds) => void;
  readonly apply: (settings: Pick<Settings, 'theme' | 'textZoom'>) => void;
  /** Where the window should be: asked once after each load. */
  readonly takeRoute: () => Route;
  readonly isOurWindow: (webContentsId: number) => boolean;
  /** For a dialog's parent. Null while it is hidden. */
  readonly visible: () => BrowserWindow | null;
  /** From now on closing really closes. */
  readonly letGo: () => void;
};

type Options = {
  readonly preloadFile: string;
  readonly log: Log;
  readonly trayBounds: () => Rectangle | null;
  /** The session of the system ends (Windows does not ask the app to quit). */
  readonly onSessionEnd: () => void;
};

/** Makes no window yet. */
export function createMainWindow(options: Options): MainWindow {
  const routes = createRouteBox();
  let window: BrowserWindow | null = null;
  let attached: { readonly source: StateSource; readonly bounds: RememberedBounds } | null = null;
  let wanted = false;
  let leaving = false;
  let zoom = 1;
  const mayReload = limitReloads(() => performance.now());

  const push = (): void => {
    if (attached === null || window === null || !window.isVisible()) return;
    const state = attached.source.state();
    if (state !== null) window.webContents.send(channelOf('state'), state);
  };

  nativeTheme.on('updated', () => window?.setBackgroundColor(background()));

  const open = (bounds: RememberedBounds): BrowserWindow => {
    const opened = openWindow(options, bounds, {
      onShown: push,
      onLoading: routes.forget,
      onLoaded: () => opened.webContents.setZoomFactor(zoom),
      staysInTray: () => !leaving,
      mayReload,
      onGone: () => (window = null),
    });
    return opened;
  };

  return {
    show: (route) => {
      const told = routes.go(route ?? null);
      wanted = true;
      if (attached === null || leaving) return;
      if (window === null) {
        window = open(attached.bounds);
        return;
      }
      if (told !== null) window.webContents.send(channelOf('route'), told);
      present(window);
    },
    hide: () => window?.hide(),
    attach: (source, bounds) => {
      attached = { source, bounds };
      source.subscribe(push);
      if (wanted) window ??= open(bounds);
    },
    apply: ({ theme, textZoom }) => {
      nativeTheme.themeSource = theme;
      zoom = textZoom;
      window?.webContents.setZoomFactor(zoom);
    },
    takeRoute: () => {
      // It listens from now on, and may have missed what was pushed while it loaded.
      setImmediate(push);
      return routes.take();
    },
    isOurWindow: (id) => window !== null && !window.isDestroyed() && window.webContents.id === id,
    visible: () => (window?.isVisible() === true ? window : null),
    letGo: () => (leaving = true),
  };
}

type Hooks = {
  readonly onShown: () => void;
  readonly onLoading: () => void;
  readonly onLoaded: () => void;
  readonly staysInTray: () => boolean;
  /** False when it broke so often that loading again would only burn the machine. */
  readonly mayReload: () => boolean;
  readonly onGone: () => void;
};

function openWindow(
  { preloadFile, log, trayBounds, onSessionEnd }: Options,
  bounds: RememberedBounds,
  hooks: Hooks,
): BrowserWindow {
  const cursor = screen.getCursorScreenPoint();
  const place = placeWindow(bounds.remembered(), {
    areas: screen.getAllDisplays().map((display) => display.workArea),
    current: screen.getDisplayNearestPoint(cursor).workArea,
    cursor,
    tray: trayBounds(),
  });
  const window = new BrowserWindow({
    ...place,
    minWidth: SMALLEST_SIZE.width,
    minHeight: SMALLEST_SIZE.height,
    show: false,
    title: 'Daypass',
    backgroundColor: background(),
    autoHideMenuBar: true,
    maximizable: false,
    fullscreenable: false,
    webPreferences: {
      preload: preloadFile,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      devTools: !app.isPackaged,
      // Countdowns need no timers while nobody sees them.
      backgroundThrottling: true,
    },
  });
  const { webContents } = window;
  window.once('ready-to-show', () => present(window));
  window.on('show', hooks.onShown);
  window.on('close', (event) => {
    bounds.remember(window.getBounds());
    if (!hooks.staysInTray()) return;
    event.preventDefault();
    window.hide();
  });
  window.on('hide', () => bounds.remember(window.getBounds()));
  window.on('closed', hooks.onGone);
  if (process.platform === 'win32') window.on('session-end', onSessionEnd);
  webContents.on('did-start-loading', hooks.onLoading);
  webContents.on('did-finish-load', hooks.onLoaded);
  webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
    log.trouble('window.gone', new Error('the window process ended'), { reason, exitCode });
    if (hooks.staysInTray() && reason !== 'clean-exit' && hooks.mayReload()) load(window, log);
  });
  webContents.on('preload-error', (_event, _path, error) => log.trouble('window.preload', error));
  window.on('unresponsive', () => log.info('window.unresponsive'));
  window.on('responsive', () => log.info('window.responsive'));
  load(window, log);
  return window;
}

function load(window: BrowserWindow, log: Log): void {
  window.loadURL(`${APP_ORIGIN}/index.html`).catch((error: unknown) => log.trouble('window.load', error));
}

function present(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}

/** What is seen before the first paint: the window's own ground colour in each theme. */
function background(): string {
  return nativeTheme.shouldUseDarkColors ? '#17181b' : '#f7f7f5';
}
