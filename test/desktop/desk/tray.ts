// The tray as a person has it: read by a menu client of our own over the bus, and clicked with the mouse where the real
// way is what a spec is about.
import { createHash } from 'node:crypto';
import dbus from 'dbus-next';
import { callBus } from '../private-desktop/bus.ts';
import { type PrivateDesktop, runOnDesk } from '../private-desktop/start.ts';
import { until } from '../until.ts';

const ITEM = { path: '/StatusNotifierItem', interface: 'org.freedesktop.DBus.Properties' };
const MENU = { interface: 'com.canonical.dbusmenu' };
const WATCHER = {
  destination: 'org.kde.StatusNotifierWatcher',
  path: '/StatusNotifierWatcher',
  interface: 'org.freedesktop.DBus.Properties',
};
const PANEL_HEIGHT = 30;

export type TrayEntry = {
  readonly label: string;
  readonly enabled: boolean;
  readonly visible: boolean;
  readonly separator: boolean;
  readonly checked: boolean | undefined;
  readonly children: readonly TrayEntry[];
};
export type TrayIcon = {
  readonly width: number;
  readonly height: number;
  /** SHA-256 of the pixels. */ readonly hash: string;
};

type Layout = [id: number, properties: Record<string, dbus.Variant>, children: dbus.Variant<Layout>[]];
type Known = TrayEntry & { readonly id: number; readonly children: readonly Known[] };

export class Tray {
  readonly #desktop: PrivateDesktop;

  constructor(desktop: PrivateDesktop) {
    this.#desktop = desktop;
  }

  /** Waits until one icon is in the tray. Gives its name on the bus. */
  async item(): Promise<string> {
    return until('a tray icon', async () => (await this.items())[0]);
  }

  /** The icons that are in the tray now, by their names on the bus. */
  async items(): Promise<readonly string[]> {
    const body = [WATCHER.destination, 'RegisteredStatusNotifierItems'];
    const items = await callBus<dbus.Variant<string[]>>(this.#desktop.bus, {
      ...WATCHER,
      member: 'Get',
      signature: 'ss',
      body,
    });
    return items.value.map((name) => name.split('/')[0] ?? name);
  }

  async tooltip(): Promise<string> {
    const [, , text] = (await this.#read<[string, unknown[], string, string]>('ToolTip')) ?? [];
    return text ?? '';
  }

  /** The icon's size and a hash of its pixels; nothing when it is empty. */
  async icon(): Promise<TrayIcon | undefined> {
    const [first] = await this.#read<[number, number, Buffer][]>('IconPixmap');
    if (first === undefined) return undefined;
    const [width, height, pixels] = first;
    return { width, height, hash: createHash('sha256').update(pixels).digest('hex') };
  }

  /** The whole menu as the panel would show it. */
  async menu(): Promise<readonly TrayEntry[]> {
    return this.#menu();
  }

  /** Waits for an entry by its labels from the top, enabled, and clicks it over the bus. A label may be an expression. */
  async click(...labels: readonly (string | RegExp)[]): Promise<void> {
    const destination = await this.item();
    const entry = await until(`the tray entry ${labels.map(String).join(' › ')}`, async () => {
      const found = find(await this.#menu(), labels);
      return found?.enabled === true ? found : undefined;
    });
    const path = await this.#read<string>('Menu');
    const body = [entry.id, 'clicked', new dbus.Variant('s', ''), 0];
    await callBus(this.#desktop.bus, { ...MENU, destination, path, member: 'Event', signature: 'isvu', body });
  }

  /** Clicks the icon in the panel with the mouse, as a person does. */
  async clickIcon(button: 'left' | 'right' = 'left'): Promise<void> {
    const { x, y } = await this.#place();
    await this.#mouse('mousemove', String(x), String(y), 'click', button === 'left' ? '1' : '3');
  }

  /** Opens the menu with the mouse and picks an entry of the top level by keyboard, as a person does. */
  async clickWithMouse(label: string): Promise<void> {
    const entries = (await this.#menu()).filter(({ visible, separator, enabled }) => visible && !separator && enabled);
    const at = entries.findIndex((entry) => entry.label === label);
    if (at < 0) throw new Error(`The tray menu has no entry '${label}' that can be picked`);
    await this.clickIcon('right');
    await until('the opened tray menu', async () => ((await this.#isMenuOpen()) ? true : undefined));
    await this.#firstEntryMarked();
    const keys = Array.from({ length: at }, () => 'Down');
    await this.#mouse('key', ...keys, 'Return');
    await until('the closed tray menu', async () => ((await this.#isMenuOpen()) ? undefined : true));
  }

  // A menu that was just opened may not have the keyboard yet: a key counts when the picture has changed.
  async #firstEntryMarked(): Promise<void> {
    const drawn = await until('the drawn tray menu', async () => {
      const before = await this.#picture();
      return before === (await this.#picture()) ? before : undefined;
    });
    const changed = async (): Promise<true | undefined> => ((await this.#picture()) === drawn ? undefined : true);
    for (let tries = 0; tries < 10; tries += 1) {
      await this.#mouse('key', 'Down');
      if (await until('the mark', changed, 1000).catch(() => false)) return;
    }
    throw new Error('The tray menu does not hear the keyboard');
  }

  async #picture(): Promise<string> {
    return runOnDesk(this.#desktop.env, ['sh', '-c', 'import -window root rgb:- | sha256sum']);
  }

  async #mouse(...args: readonly string[]): Promise<string> {
    return runOnDesk(this.#desktop.env, ['xdotool', ...args]);
  }

  // A tooltip is a window too: only the type tells.
  async #isMenuOpen(): Promise<boolean> {
    const types = `for w in $(xdotool search --onlyvisible --class wrapper); do xprop -id "$w" _NET_WM_WINDOW_TYPE; done`;
    const found = await runOnDesk(this.#desktop.env, ['sh', '-c', `${types} 2>/dev/null || true`]);
    return found.includes('_NET_WM_WINDOW_TYPE_POPUP_MENU') || found.includes('_NET_WM_WINDOW_TYPE_DROPDOWN_MENU');
  }

  // The panel gives the icon the last place on the screen's right edge.
  async #place(): Promise<{ x: number; y: number }> {
    await this.item();
    const [width] = (await this.#mouse('getdisplaygeometry')).trim().split(' ').map(Number);
    return { x: (width ?? 0) - PANEL_HEIGHT / 2, y: PANEL_HEIGHT / 2 };
  }

  async #read<T>(property: string): Promise<T> {
    const destination = await this.item();
    const body = ['org.kde.StatusNotifierItem', property];
    return (
      await callBus<dbus.Variant<T>>(this.#desktop.bus, { ...ITEM, destination, member: 'Get', signature: 'ss', body })
    ).value;
  }

  async #menu(): Promise<readonly Known[]> {
    const destination = await this.item();
    const path = await this.#read<string>('Menu');
    const message = new dbus.Message({
      ...MENU,
      destination,
      path,
      member: 'GetLayout',
      signature: 'iias',
      body: [0, -1, []],
    });
    const reply = await this.#desktop.bus.call(message);
    // The second value of the answer, as com.canonical.dbusmenu says.
    return toEntry(reply?.body[1] as Layout).children;
  }
}

function toEntry([id, properties, children]: Layout): Known {
  const value = (name: string): unknown => properties[name]?.value;
  const label = String(properties['label']?.value ?? '').replaceAll(/_(_?)/g, '$1');
  return {
    id,
    label,
    enabled: value('enabled') !== false,
    visible: value('visible') !== false,
    separator: value('type') === 'separator',
    checked: value('toggle-type') === undefined ? undefined : value('toggle-state') === 1,
    children: children.map((child) => toEntry(child.value)),
  };
}

function find(entries: readonly Known[], [first, ...rest]: readonly (string | RegExp)[]): Known | undefined {
  const fits = (label: string): boolean => (first instanceof RegExp ? first.test(label) : first === label);
  const entry = entries.find(({ label, separator }) => !separator && fits(label));
  return entry === undefined || rest.length === 0 ? entry : find(entry.children, rest);
}
