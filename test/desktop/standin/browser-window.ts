// A window on the X server: Chromium's app window, placed, shown and hidden as the app says.
// What the app asks of it is done in order; what it may ask at once (bounds, visibility) is answered from what is known.
import type * as Electron from 'electron';
import { appPaths } from './app-paths.ts';
import { onCommand, report } from './control.ts';
import { openChromium, openDisplay } from './host.ts';
import { NotInStandIn, emitterOf, eventOf } from './missing.ts';
import { WebContents } from './web-contents.ts';
import { followFocus, followTheme } from './window-surroundings.ts';
import type { Rectangle, XDisplay } from './x-display.ts';

const EVENTS = [
  'ready-to-show',
  'show',
  'hide',
  'focus',
  'blur',
  'close',
  'closed',
  'minimize',
  'restore',
  'move',
  'resize',
  'moved',
  'resized',
  'page-title-updated',
  'unresponsive',
  'responsive',
];
const OPTIONS = new Set([
  'width',
  'height',
  'x',
  'y',
  'show',
  'frame',
  'resizable',
  'useContentSize',
  'minWidth',
  'minHeight',
  'maxWidth',
  'maxHeight',
  'backgroundColor',
  'title',
  'icon',
  'skipTaskbar',
  'alwaysOnTop',
  'webPreferences',
  'center',
  'minimizable',
  'maximizable',
  'fullscreenable',
  'closable',
  'movable',
  'acceptFirstMouse',
  'autoHideMenuBar',
  'paintWhenInitiallyHidden',
  'roundedCorners',
  'hasShadow',
  'type',
]);
type Offered =
  | 'show'
  | 'showInactive'
  | 'hide'
  | 'close'
  | 'destroy'
  | 'focus'
  | 'blur'
  | 'isVisible'
  | 'isFocused'
  | 'isDestroyed'
  | 'isMinimized'
  | 'minimize'
  | 'restore'
  | 'setBounds'
  | 'getBounds'
  | 'getContentBounds'
  | 'setPosition'
  | 'getPosition'
  | 'setSize'
  | 'getSize'
  | 'setContentSize'
  | 'getContentSize'
  | 'setTitle'
  | 'getTitle'
  | 'setAlwaysOnTop'
  | 'isAlwaysOnTop'
  | 'setSkipTaskbar'
  | 'setContentProtection'
  | 'setMenuBarVisibility'
  | 'removeMenu'
  | 'setMenu'
  | 'loadURL'
  | 'id'
  | 'setIcon'
  | 'setBackgroundColor'
  | 'moveTop'
  | 'center'
  | 'setMinimumSize'
  | 'setResizable'
  | 'setVisibleOnAllWorkspaces';

const open = new Set<BrowserWindow>();
let lastId = 0;
let onLastClosed: () => void = () => {};
let onMade: (window: BrowserWindow) => void = () => {};
/** Says what happens when a window with its contents has been made, before it loads anything. */
export const whenWindowIsMade = (then: (window: BrowserWindow) => void): void => void (onMade = then);
/** Says what happens when the last window has gone. */
export const whenLastWindowCloses = (then: () => void): void => void (onLastClosed = then);

export class BrowserWindow extends emitterOf('BrowserWindow', EVENTS) implements Pick<Electron.BrowserWindow, Offered> {
  static getAllWindows(): BrowserWindow[] {
    return [...open];
  }
  static getFocusedWindow(): BrowserWindow | null {
    return [...open].find((window) => window.isFocused()) ?? null;
  }
  static fromWebContents(contents: { readonly id: number }): BrowserWindow | null {
    return [...open].find((window) => window.webContents.id === contents.id) ?? null;
  }
  static fromId(id: number): BrowserWindow | null {
    return [...open].find((window) => window.id === id) ?? null;
  }

  readonly id: number;
  readonly webContents: WebContents;
  readonly #options: Electron.BrowserWindowConstructorOptions;
  #bounds: Rectangle;
  #visible: boolean;
  #focused = false;
  #minimized = false;
  #onTop: boolean;
  #destroyed = false;
  #title: string;
  #xWindow = 0;
  #work: Promise<void>;

  constructor(options: Electron.BrowserWindowConstructorOptions = {}) {
    super();
    const unknown = Object.keys(options).find((name) => !OPTIONS.has(name));
    if (unknown !== undefined) throw new NotInStandIn(`the window option '${unknown}'`);
    lastId += 1;
    this.id = lastId;
    this.#options = options;
    const { width = 800, height = 600, x, y } = options;
    this.#bounds = { x: x ?? 100, y: y ?? 80, width, height };
    this.#visible = options.show !== false;
    this.#onTop = options.alwaysOnTop ?? false;
    this.#title = options.title ?? 'Electron';
    this.webContents = new WebContents(options.webPreferences ?? {});
    open.add(this);
    onMade(this);
    this.#work = this.#make().catch((error: unknown) => console.error('The window could not be made:', error));
    this.webContents.once('did-finish-load', () => this.emit('ready-to-show', eventOf({})));
  }

  loadURL(url: string): Promise<void> {
    return this.webContents.loadURL(url);
  }
  isVisible(): boolean {
    return this.#visible;
  }
  isFocused(): boolean {
    return this.#focused;
  }
  isDestroyed(): boolean {
    return this.#destroyed;
  }
  isMinimized(): boolean {
    return this.#minimized;
  }
  isAlwaysOnTop(): boolean {
    return this.#onTop;
  }
  getTitle(): string {
    return this.#title;
  }
  getBounds(): Electron.Rectangle {
    return { ...this.#bounds };
  }
  // Inside, a window and its content are of one size: the frame is the window manager's.
  getContentBounds(): Electron.Rectangle {
    return this.getBounds();
  }
  getPosition(): number[] {
    return [this.#bounds.x, this.#bounds.y];
  }
  getSize(): number[] {
    return [this.#bounds.width, this.#bounds.height];
  }
  getContentSize(): number[] {
    return this.getSize();
  }

  show(): void {
    this.#setVisible(true, true);
  }
  showInactive(): void {
    this.#setVisible(true, false);
  }
  hide(): void {
    this.#setVisible(false, false);
  }
  focus(): void {
    this.#then((x) => this.#activate(x));
  }
  moveTop(): void {
    this.focus();
  }
  blur(): void {}
  minimize(): void {
    this.#minimized = true;
    this.#then(() => this.#setChromiumBounds({ windowState: 'minimized' }));
    this.emit('minimize', eventOf({}));
  }
  restore(): void {
    this.#minimized = false;
    this.#then(() => this.#setChromiumBounds({ windowState: 'normal' }));
    this.emit('restore', eventOf({}));
  }
  setBounds(bounds: Partial<Electron.Rectangle>): void {
    this.#bounds = { ...this.#bounds, ...bounds };
    this.#place();
  }
  setPosition(x: number, y: number): void {
    this.setBounds({ x, y });
  }
  setSize(width: number, height: number): void {
    this.setBounds({ width, height });
  }
  setContentSize(width: number, height: number): void {
    this.setBounds({ width, height });
  }
  center(): void {
    this.#then(async (x) => {
      const { width, height } = this.#bounds;
      this.#bounds = {
        ...this.#bounds,
        x: Math.round((x.size.width - width) / 2),
        y: Math.round((x.size.height - height) / 2),
      };
      await this.#setChromiumBounds(this.#chromiumBounds());
    });
  }
  setTitle(title: string): void {
    this.#title = title;
  }
  setAlwaysOnTop(flag: boolean): void {
    this.#onTop = flag;
    this.#then((x) => x.setState(this.#xWindow, '_NET_WM_STATE_ABOVE', flag));
  }
  setSkipTaskbar(skip: boolean): void {
    this.#then((x) => x.setState(this.#xWindow, '_NET_WM_STATE_SKIP_TASKBAR', skip));
  }
  setContentProtection(on: boolean): void {
    report('content-protection', { window: this.id, on });
  }
  // The window never has a menu bar, a taskbar image or sizes of its own on this desktop.
  setMenuBarVisibility(_visible: boolean): void {}
  removeMenu(): void {}
  setMenu(_menu: unknown): void {}
  setIcon(_icon: unknown): void {}
  setBackgroundColor(_color: string): void {}
  setMinimumSize(_width: number, _height: number): void {}
  setResizable(_resizable: boolean): void {}
  setVisibleOnAllWorkspaces(_visible: boolean): void {}

  close(): void {
    if (this.#destroyed) return;
    const event = eventOf({});
    this.emit('close', event);
    if (!event.defaultPrevented) this.destroy();
  }
  destroy(): void {
    if (this.#destroyed) return;
    const targetId = this.webContents.targetId;
    this.#gone();
    if (targetId !== undefined)
      void openChromium(userData)
        .cdp.send('Target.closeTarget', { targetId })
        .catch(() => {});
    else this.#work = this.#work.then(() => this.#closeTarget());
  }

  async #make(): Promise<void> {
    const chromium = openChromium(userData);
    const [x, target] = await Promise.all([openDisplay(), chromium.openWindow(this.#bounds)]);
    const onGone = (): void => this.#gone();
    const [window] = await Promise.all([
      x.windowTitled(target.mark),
      this.webContents.attach(chromium, target, { onGone }),
    ]);
    this.#xWindow = window;
    if (this.#options.frame === false) await x.removeFrame(window);
    if (this.#onTop) await x.setState(window, '_NET_WM_STATE_ABOVE', true);
    if (this.#options.skipTaskbar === true) await x.setState(window, '_NET_WM_STATE_SKIP_TASKBAR', true);
    await this.#setChromiumBounds(this.#chromiumBounds());
    if (!this.#visible) await this.#putVisible(x, false, false);
    await followTheme(this.webContents);
    followFocus(
      x,
      window,
      (focused) => this.#focus(focused),
      () => this.#destroyed,
    );
    report('window', { window: this.id, targetId: target.targetId });
    if (this.#visible) this.emit('show', eventOf({}));
  }

  #then(work: (x: XDisplay) => Promise<void> | void): void {
    const before = this.#work;
    this.#work = (async () => {
      await before;
      if (!this.#destroyed && this.#xWindow !== 0) await work(await openDisplay());
    })().catch((error: unknown) => {
      // A window that went away in the middle has nothing more to do.
      if (!this.#destroyed) console.error('The window did not do as told:', error);
    });
  }

  #setVisible(visible: boolean, activate: boolean): void {
    if (this.#destroyed) throw new TypeError('Object has been destroyed');
    const changed = this.#visible !== visible;
    this.#visible = visible;
    this.#then(async (x) => {
      await this.#putVisible(x, visible, activate);
      if (changed) this.emit(visible ? 'show' : 'hide', eventOf({}));
    });
  }

  // A hidden window is an iconified one that no list shows: only so does the page know that it is hidden.
  async #putVisible(x: XDisplay, visible: boolean, activate: boolean): Promise<void> {
    const unlisted = !visible || this.#options.skipTaskbar === true;
    await x.setState(this.#xWindow, '_NET_WM_STATE_SKIP_TASKBAR', unlisted);
    await this.#setChromiumBounds({ windowState: visible ? 'normal' : 'minimized' });
    if (!visible) return;
    await this.#setChromiumBounds(this.#chromiumBounds());
    if (activate) await this.#activate(x);
  }

  // An iconified window's page does not take the focus back by itself.
  async #activate(x: XDisplay): Promise<void> {
    await x.activate(this.#xWindow);
    await this.webContents.cdp('Page.bringToFront');
  }

  #place(): void {
    this.#then(() => this.#setChromiumBounds(this.#chromiumBounds()));
  }

  #chromiumBounds(): object {
    const { x, y, width, height } = this.#bounds;
    return { left: x, top: y, width, height };
  }

  async #setChromiumBounds(bounds: object): Promise<void> {
    const { cdp } = openChromium(userData);
    const { windowId } = await cdp.send<{ windowId: number }>('Browser.getWindowForTarget', {
      targetId: this.webContents.targetId,
    });
    await cdp.send('Browser.setWindowBounds', { windowId, bounds });
  }

  async #closeTarget(): Promise<void> {
    await openChromium(userData)
      .cdp.send('Target.closeTarget', { targetId: this.webContents.targetId })
      .catch(() => {});
  }

  #focus(focused: boolean): void {
    if (this.#focused === focused || this.#destroyed) return;
    this.#focused = focused;
    this.emit(focused ? 'focus' : 'blur', eventOf({}));
  }

  #gone(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#visible = false;
    open.delete(this);
    this.webContents.markDestroyed();
    report('window-closed', { window: this.id });
    this.emit('closed', eventOf({}));
    if (open.size === 0) onLastClosed();
  }
}

const userData = (): string => appPaths.get('userData');

const describe = (window: BrowserWindow): object => ({
  id: window.id,
  targetId: window.webContents.targetId,
  url: window.webContents.getURL(),
  title: window.getTitle(),
  visible: window.isVisible(),
  focused: window.isFocused(),
  bounds: window.getBounds(),
});
onCommand('windows', () => BrowserWindow.getAllWindows().map(describe));
// What the cross in the window's corner does.
onCommand('close-window', (id) => BrowserWindow.fromId(Number(id))?.close());
