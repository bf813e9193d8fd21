// The tray icon: a StatusNotifierItem on the session bus with a menu. As in Electron on Linux it has no bounds, no title
// and no menu that can be popped up.
import dbus from 'dbus-next';
import type * as Electron from 'electron';
import { app } from './app.ts';
import { report } from './control.ts';
import { BusMenu } from './dbus-menu.ts';
import { openBus } from './host.ts';
import type { Menu } from './menu.ts';
import { emitterOf, eventOf } from './missing.ts';
import { type Image, toImage } from './native-image.ts';
import { toArgb } from './png.ts';

const { Interface } = dbus.interface;
const ITEM_PATH = '/StatusNotifierItem';
const MENU_PATH = '/MenuBar';
const EVENTS = [
  'click',
  'right-click',
  'double-click',
  'middle-click',
  'balloon-show',
  'balloon-click',
  'balloon-closed',
  'drop',
  'drop-files',
  'drop-text',
  'drag-enter',
  'drag-leave',
  'drag-end',
  'mouse-up',
  'mouse-down',
  'mouse-enter',
  'mouse-leave',
  'mouse-move',
];
type Offered =
  | 'setImage'
  | 'setContextMenu'
  | 'setToolTip'
  | 'setTitle'
  | 'getTitle'
  | 'popUpContextMenu'
  | 'closeContextMenu'
  | 'getBounds'
  | 'destroy'
  | 'isDestroyed'
  | 'setIgnoreDoubleClickEvents'
  | 'setPressedImage';

class Item extends Interface {
  readonly #onActivate: () => void;
  image: Image;
  toolTip = '';
  readonly id: string;
  constructor(id: string, image: Image, onActivate: () => void) {
    super('org.kde.StatusNotifierItem');
    this.id = id;
    this.image = image;
    this.#onActivate = onActivate;
  }
  get Category(): string {
    return 'ApplicationStatus';
  }
  get Id(): string {
    return this.id;
  }
  get Title(): string {
    return this.id;
  }
  get Status(): string {
    return 'Active';
  }
  get WindowId(): number {
    return 0;
  }
  get IconName(): string {
    return '';
  }
  get IconThemePath(): string {
    return '';
  }
  get IconPixmap(): unknown[] {
    if (this.image.isEmpty()) return [];
    const pixels = this.image.pixels();
    return [[pixels.width, pixels.height, toArgb(pixels)]];
  }
  get OverlayIconName(): string {
    return '';
  }
  get AttentionIconName(): string {
    return '';
  }
  get ToolTip(): unknown[] {
    return ['', [], this.toolTip, ''];
  }
  get ItemIsMenu(): boolean {
    return false;
  }
  get Menu(): string {
    return MENU_PATH;
  }
  Activate(_x: number, _y: number): void {
    this.#onActivate();
  }
  SecondaryActivate(_x: number, _y: number): void {}
  ContextMenu(_x: number, _y: number): void {}
  Scroll(_delta: number, _orientation: string): void {}
  NewIcon(): void {}
  NewToolTip(): void {}
}
const read = (signature: string): dbus.interface.PropertyOptions => ({ signature, access: 'read' });
Item.configureMembers({
  properties: {
    Category: read('s'),
    Id: read('s'),
    Title: read('s'),
    Status: read('s'),
    WindowId: read('i'),
    IconName: read('s'),
    IconThemePath: read('s'),
    IconPixmap: read('a(iiay)'),
    OverlayIconName: read('s'),
    AttentionIconName: read('s'),
    ToolTip: read('(sa(iiay)ss)'),
    ItemIsMenu: read('b'),
    Menu: read('o'),
  },
  methods: {
    Activate: { inSignature: 'ii' },
    SecondaryActivate: { inSignature: 'ii' },
    ContextMenu: { inSignature: 'ii' },
    Scroll: { inSignature: 'is' },
  },
  signals: { NewIcon: { signature: '' }, NewToolTip: { signature: '' } },
});

let lastNumber = 0;

export class Tray extends emitterOf('Tray', EVENTS) implements Pick<Electron.Tray, Offered> {
  readonly #item: Item;
  readonly #busMenu: BusMenu;
  readonly #exported: Promise<dbus.MessageBus>;
  readonly #busName: string;
  #menu: Menu | null = null;
  #destroyed = false;

  constructor(image: Electron.NativeImage | string) {
    super();
    lastNumber += 1;
    this.#busName = `org.kde.StatusNotifierItem-${process.pid}-${lastNumber}`;
    const nowhere = { x: 0, y: 0, width: 0, height: 0 };
    const click = (): void =>
      void this.emit('click', eventOf({ altKey: false, shiftKey: false, ctrlKey: false, metaKey: false }), nowhere, {
        x: 0,
        y: 0,
      });
    this.#item = new Item(app.getName(), toImage(image), click);
    this.#busMenu = new BusMenu((id) => this.#clicked(id));
    this.#exported = this.#export();
    this.#exported.catch((error: unknown) => console.error('The tray icon could not be shown:', error));
  }

  setImage(image: Electron.NativeImage | string): void {
    this.#mustLive();
    this.#item.image = toImage(image);
    void this.#exported.then(() => this.#item.NewIcon());
  }
  setToolTip(toolTip: string): void {
    this.#mustLive();
    this.#item.toolTip = toolTip;
    void this.#exported.then(() => this.#item.NewToolTip());
  }
  setContextMenu(menu: Electron.Menu | null): void {
    this.#mustLive();
    // Only menus of the stand-in can be built in this process.
    this.#menu = menu as unknown as Menu | null;
    void this.#exported.then(() => this.#busMenu.show(this.#menu));
  }
  // macOS and Windows only.
  setTitle(_title: string): void {}
  getTitle(): string {
    return '';
  }
  popUpContextMenu(): void {}
  closeContextMenu(): void {}
  setIgnoreDoubleClickEvents(_ignore: boolean): void {}
  setPressedImage(_image: Electron.NativeImage | string): void {}
  getBounds(): Electron.Rectangle {
    return { x: 0, y: 0, width: 0, height: 0 };
  }
  isDestroyed(): boolean {
    return this.#destroyed;
  }
  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    void this.#exported.then((bus) => {
      bus.unexport(ITEM_PATH, this.#item);
      bus.unexport(MENU_PATH, this.#busMenu);
      return bus.releaseName(this.#busName);
    });
  }

  async #export(): Promise<dbus.MessageBus> {
    const bus = await openBus('session');
    bus.export(ITEM_PATH, this.#item);
    bus.export(MENU_PATH, this.#busMenu);
    await bus.requestName(this.#busName, 0);
    const watcher = {
      destination: 'org.kde.StatusNotifierWatcher',
      path: '/StatusNotifierWatcher',
      interface: 'org.kde.StatusNotifierWatcher',
    };
    await bus.call(
      new dbus.Message({ ...watcher, member: 'RegisterStatusNotifierItem', signature: 's', body: [this.#busName] }),
    );
    report('tray', { busName: this.#busName });
    return bus;
  }

  #clicked(commandId: number): void {
    const item = this.#menu?.itemNumbered(commandId);
    if (item === undefined || !item.enabled || this.#destroyed) return;
    if (item.type === 'checkbox') item.checked = !item.checked;
    if (item.type === 'radio') for (const other of this.#menu?.radioGroup(item) ?? []) other.checked = other === item;
    if (item.type === 'checkbox' || item.type === 'radio') this.#busMenu.show(this.#menu);
    if (item.role === 'quit') app.quit();
    // The item is not Electron's, but offers what a click handler reads.
    else item.onClick?.(item as unknown as Electron.MenuItem, undefined, { triggeredByAccelerator: false });
  }

  #mustLive(): void {
    if (this.#destroyed) throw new TypeError('Object has been destroyed');
  }
}
