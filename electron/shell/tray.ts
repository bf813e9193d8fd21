// The tray icon and its menu. Replaced only when they say something new, so that an open menu is not torn away.
import { Menu, nativeImage, nativeTheme, Tray, type MenuItemConstructorOptions } from 'electron';
import path from 'node:path';
import type { DesktopState } from '#shared/contracts/desktop/state.ts';
import type { Log } from '../agent/ports.ts';
import { trayImageFile, trayLook } from './tray-icon.ts';
import { type TrayAction, type TrayItem } from './tray-item.ts';
import { trayView } from './tray-menu.ts';
import type { Rectangle } from './window-placement.ts';

export type AppTray = {
  readonly update: (state: DesktopState) => void;
  /** Null on Linux, where the system does not tell, and without a tray. */
  readonly bounds: () => Rectangle | null;
  readonly destroy: () => void;
};

type Options = {
  readonly imageFolder: string;
  readonly locale: string;
  readonly log: Log;
  /** `user`: who was shown when the menu was made, or null. */
  readonly onAction: (action: TrayAction, user: string | null) => void;
};

/** Shows the tray at once, before there is a state. Without a tray in the system everything else works on. */
export function createTray({ imageFolder, locale, log, onAction }: Options): AppTray {
  const image = (state: DesktopState | null): string => {
    const file = trayImageFile(trayLook(state), panelTheme(), process.platform);
    return path.join(imageFolder, file);
  };
  let shownImage = image(null);
  let tray: Tray;
  try {
    tray = new Tray(nativeImage.createFromPath(shownImage));
  } catch (error) {
    log.trouble('tray.missing', error);
    return { update: () => {}, bounds: () => null, destroy: () => {} };
  }
  let latest: { readonly state: DesktopState; readonly atMs: number } | null = null;
  let shownMenu = '';
  let shownUser: string | null = null;
  let shownToolTip = '';
  let timer: NodeJS.Timeout | null = null;

  const render = (): void => {
    if (tray.isDestroyed()) return;
    if (timer !== null) clearTimeout(timer);
    timer = null;
    // Trusted time came with the state; from there on only time that passed counts, never the wall clock.
    const nowMs = latest === null ? 0 : latest.state.nowMs + (performance.now() - latest.atMs);
    const view = trayView(latest?.state ?? null, nowMs, locale);
    const file = image(latest?.state ?? null);
    if (file !== shownImage) tray.setImage(nativeImage.createFromPath(file));
    shownImage = file;
    if (view.toolTip !== shownToolTip) tray.setToolTip(view.toolTip);
    shownToolTip = view.toolTip;
    const menu = JSON.stringify(view.items);
    const user = latest?.state.me?.user ?? null;
    if (menu !== shownMenu || user !== shownUser)
      tray.setContextMenu(
        Menu.buildFromTemplate(view.items.map((item) => menuItem(item, (action) => onAction(action, user)))),
      );
    shownMenu = menu;
    shownUser = user;
    if (view.changesInMs !== null) timer = setTimeout(render, Math.max(1000, view.changesInMs)).unref();
  };

  // On macOS a click opens the menu that is set.
  if (process.platform !== 'darwin') tray.on('click', () => onAction({ do: 'show' }, null));
  nativeTheme.on('updated', render);
  render();
  return {
    update: (state) => {
      latest = { state, atMs: performance.now() };
      render();
    },
    bounds: () => (process.platform === 'linux' || tray.isDestroyed() ? null : tray.getBounds()),
    destroy: () => {
      if (timer !== null) clearTimeout(timer);
      nativeTheme.off('updated', render);
      tray.destroy();
    },
  };
}

function menuItem(item: TrayItem, onAction: (action: TrayAction) => void): MenuItemConstructorOptions {
  switch (item.type) {
    case 'separator':
      return { type: 'separator' };
    case 'note':
      return { label: escapeLabel(item.label), enabled: false };
    case 'action':
      return { label: escapeLabel(item.label), click: () => onAction(item.action) };
    case 'submenu':
      return { label: escapeLabel(item.label), submenu: item.items.map((inner) => menuItem(inner, onAction)) };
  }
}

/** A lone ampersand would be read as the mark of an access key. */
function escapeLabel(label: string): string {
  return label.replaceAll('&', '&&');
}

/** The panel's own theme, which on Windows is not the one that the person chose for windows. */
function panelTheme(): 'light' | 'dark' {
  const dark =
    process.platform === 'win32'
      ? nativeTheme.shouldUseDarkColorsForSystemIntegratedUI
      : nativeTheme.shouldUseDarkColors;
  return dark ? 'dark' : 'light';
}
