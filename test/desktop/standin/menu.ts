// Menus as the app builds them, and as the tray serves them.
import type * as Electron from 'electron';
import { report } from './control.ts';
import { NotInStandIn, emitterOf } from './missing.ts';

const OPTIONS = new Set([
  'id',
  'label',
  'sublabel',
  'toolTip',
  'accelerator',
  'type',
  'enabled',
  'visible',
  'checked',
  'click',
  'submenu',
  'role',
  'icon',
  'registerAccelerator',
  'acceleratorWorksWhenHidden',
]);
// Electron does more for other roles; the app's tray and window menus need these.
const ROLES = new Set([
  'quit',
  'close',
  'hide',
  'minimize',
  'undo',
  'redo',
  'cut',
  'copy',
  'paste',
  'selectall',
  'editmenu',
  'windowmenu',
  'appmenu',
  'about',
  'front',
  'hideothers',
  'unhide',
  'services',
]);

type Options = Electron.MenuItemConstructorOptions;
let lastId = 0;

export class MenuItem implements Pick<
  Electron.MenuItem,
  'id' | 'label' | 'sublabel' | 'type' | 'enabled' | 'visible' | 'checked' | 'commandId'
> {
  readonly id: string;
  readonly label: string;
  readonly sublabel: string;
  readonly type: NonNullable<Options['type']>;
  enabled: boolean;
  visible: boolean;
  checked: boolean;
  readonly commandId: number;
  readonly submenu: Menu | undefined;
  readonly role: string | undefined;
  readonly icon: Options['icon'];
  readonly accelerator: string | undefined;
  readonly onClick: Options['click'];

  constructor(options: Options) {
    const unknown = Object.keys(options).find((name) => !OPTIONS.has(name));
    if (unknown !== undefined) throw new NotInStandIn(`the menu option '${unknown}'`);
    const role = options.role?.toLowerCase();
    if (role !== undefined && !ROLES.has(role)) throw new NotInStandIn(`the menu role '${role}'`);
    lastId += 1;
    this.commandId = lastId;
    this.id = options.id ?? '';
    this.label = options.label ?? options.role ?? '';
    this.sublabel = options.sublabel ?? '';
    this.type = options.type ?? (options.submenu === undefined ? 'normal' : 'submenu');
    this.enabled = options.enabled ?? true;
    this.visible = options.visible ?? true;
    this.checked = options.checked ?? false;
    this.submenu = Array.isArray(options.submenu)
      ? Menu.buildFromTemplate(options.submenu)
      : (options.submenu as Menu | undefined);
    this.role = role;
    this.icon = options.icon;
    this.accelerator = options.accelerator ?? undefined;
    this.onClick = options.click;
  }
}

class MenuBase extends emitterOf('Menu', ['menu-will-show', 'menu-will-close']) {}

export class Menu extends MenuBase implements Pick<Electron.Menu, 'popup' | 'closePopup'> {
  readonly items: MenuItem[] = [];

  static buildFromTemplate(template: (Options | Electron.MenuItem)[]): Menu {
    const menu = new Menu();
    for (const options of template) menu.append(new MenuItem(options as Options));
    return menu;
  }
  static setApplicationMenu(menu: Menu | null): void {
    report('application-menu', { items: menu?.items.length ?? 0 });
  }
  static getApplicationMenu(): null {
    return null;
  }

  append(item: MenuItem): void {
    this.items.push(item);
  }
  getMenuItemById(id: string): MenuItem | null {
    return this.#all().find((item) => item.id === id) ?? null;
  }
  popup(): void {
    report('menu-popup', { labels: this.items.map(({ label }) => label) });
  }
  closePopup(): void {}

  /** The item that the tray knows by this number. */
  itemNumbered(commandId: number): MenuItem | undefined {
    return this.#all().find((item) => item.commandId === commandId);
  }
  /** The items of one radio group around `item`: neighbours without a separator between. */
  radioGroup(item: MenuItem): readonly MenuItem[] {
    const menu = this.items.includes(item)
      ? this
      : this.#all().find(({ submenu }) => submenu?.items.includes(item))?.submenu;
    const groups: MenuItem[][] = [[]];
    for (const other of menu?.items ?? []) {
      if (other.type === 'radio') groups.at(-1)?.push(other);
      else groups.push([]);
    }
    return groups.find((group) => group.includes(item)) ?? [item];
  }

  #all(): MenuItem[] {
    return this.items.flatMap((item) => [item, ...(item.submenu === undefined ? [] : item.submenu.#all())]);
  }
}
