// A menu on the session bus, as panels read it (com.canonical.dbusmenu).
import dbus from 'dbus-next';
import { toImage } from './native-image.ts';
import type { Menu, MenuItem } from './menu.ts';

const { Interface } = dbus.interface;
const { Variant } = dbus;
type Properties = Record<string, dbus.Variant>;
type Layout = [number, Properties, dbus.Variant[]];

export class BusMenu extends Interface {
  readonly #onClick: (commandId: number) => void;
  #menu: Menu | null = null;
  #revision = 1;

  constructor(onClick: (commandId: number) => void) {
    super('com.canonical.dbusmenu');
    this.#onClick = onClick;
  }

  /** Serves this menu from now on, and tells who reads it. */
  show(menu: Menu | null): void {
    this.#menu = menu;
    this.#revision += 1;
    this.LayoutUpdated(this.#revision, 0);
  }

  get Version(): number {
    return 3;
  }
  get TextDirection(): string {
    return 'ltr';
  }
  get Status(): string {
    return 'normal';
  }
  get IconThemePath(): string[] {
    return [];
  }
  GetLayout(parent: number, depth: number, _names: string[]): [number, Layout] {
    const item = this.#menu?.itemNumbered(parent);
    return [this.#revision, item === undefined ? this.#root(depth) : layout(item, depth)];
  }
  GetGroupProperties(ids: number[], _names: string[]): [number, Properties][] {
    const all = flatten(this.#menu);
    return all
      .filter((item) => ids.length === 0 || ids.includes(item.commandId))
      .map((item) => [item.commandId, properties(item)]);
  }
  GetProperty(id: number, name: string): dbus.Variant {
    const item = this.#menu?.itemNumbered(id);
    return (item === undefined ? undefined : properties(item)[name]) ?? new Variant('s', '');
  }
  Event(id: number, event: string, _data: dbus.Variant, _time: number): void {
    if (event === 'clicked') setImmediate(() => this.#onClick(id));
  }
  EventGroup(events: [number, string, dbus.Variant, number][]): number[] {
    for (const event of events) this.Event(...event);
    return [];
  }
  AboutToShow(_id: number): boolean {
    return false;
  }
  AboutToShowGroup(_ids: number[]): [number[], number[]] {
    return [[], []];
  }
  LayoutUpdated(revision: number, parent: number): [number, number] {
    return [revision, parent];
  }
  ItemsPropertiesUpdated(updated: unknown[], removed: unknown[]): [unknown[], unknown[]] {
    return [updated, removed];
  }

  #root(depth: number): Layout {
    const children = depth === 0 ? [] : (this.#menu?.items ?? []).map((item) => child(item, depth - 1));
    return [0, { 'children-display': new Variant('s', 'submenu') }, children];
  }
}
const read = (signature: string): dbus.interface.PropertyOptions => ({ signature, access: 'read' });
BusMenu.configureMembers({
  properties: { Version: read('u'), TextDirection: read('s'), Status: read('s'), IconThemePath: read('as') },
  methods: {
    GetLayout: { inSignature: 'iias', outSignature: 'u(ia{sv}av)' },
    GetGroupProperties: { inSignature: 'aias', outSignature: 'a(ia{sv})' },
    GetProperty: { inSignature: 'is', outSignature: 'v' },
    Event: { inSignature: 'isvu' },
    EventGroup: { inSignature: 'a(isvu)', outSignature: 'ai' },
    AboutToShow: { inSignature: 'i', outSignature: 'b' },
    AboutToShowGroup: { inSignature: 'ai', outSignature: 'aiai' },
  },
  signals: { LayoutUpdated: { signature: 'ui' }, ItemsPropertiesUpdated: { signature: 'a(ia{sv})a(ias)' } },
});

function flatten(menu: Menu | null | undefined): MenuItem[] {
  return (menu?.items ?? []).flatMap((item) => [item, ...flatten(item.submenu)]);
}

const child = (item: MenuItem, depth: number): dbus.Variant => new Variant('(ia{sv}av)', layout(item, depth));

function layout(item: MenuItem, depth: number): Layout {
  const children = depth === 0 ? [] : (item.submenu?.items ?? []).map((below) => child(below, depth - 1));
  return [item.commandId, properties(item), children];
}

// An underscore marks the access key there, an ampersand marks it in Electron; both doubled mean themselves.
const busLabel = (label: string): string =>
  label.replaceAll('_', '__').replaceAll(/&(&|.)/g, (_whole, next: string) => (next === '&' ? '&' : `_${next}`));

function properties(item: MenuItem): Properties {
  const given: Properties = {};
  const label = item.sublabel === '' ? item.label : `${item.label}\n${item.sublabel}`;
  if (item.type === 'separator') given['type'] = new Variant('s', 'separator');
  else given['label'] = new Variant('s', busLabel(label));
  if (!item.enabled) given['enabled'] = new Variant('b', false);
  if (!item.visible) given['visible'] = new Variant('b', false);
  if (item.type === 'checkbox' || item.type === 'radio') {
    given['toggle-type'] = new Variant('s', item.type === 'radio' ? 'radio' : 'checkmark');
    given['toggle-state'] = new Variant('i', item.checked ? 1 : 0);
  }
  if (item.icon !== undefined) given['icon-data'] = new Variant('ay', toImage(item.icon).toPNG());
  if (item.submenu !== undefined) given['children-display'] = new Variant('s', 'submenu');
  return given;
}
