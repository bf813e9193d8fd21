// The clipboard of the X server, owned by the app while it holds what the app wrote, several formats at once.
import type * as Electron from 'electron';
import { only } from './missing.ts';
import { openDisplay } from './host.ts';
import { XSelection } from './x-selection.ts';

type Payload = ConstructorParameters<typeof Electron.ClipboardItem>[0];

// A raw format of the platform, in Electron's writing.
const RAW = /^electron application\/osclipboard;\s*format="(.*)"$/;
const TEXT_ATOMS = ['UTF8_STRING', 'text/plain;charset=utf-8', 'text/plain', 'STRING', 'TEXT'] as const;

export class ClipboardItem implements Pick<Electron.ClipboardItem, 'getType' | 'types'> {
  readonly #items: Payload;
  constructor(items: Payload) {
    if (Object.keys(items).length === 0) throw new TypeError('A ClipboardItem needs at least one type');
    this.#items = items;
  }
  get types(): string[] {
    return Object.keys(this.#items);
  }
  // The stand-in has no bookmarks, so the answer is always a Blob.
  async getType(type: string): Promise<never> {
    const item = await this.#items[type];
    if (item === undefined) throw new DOMException(`The type '${type}' was not found`, 'NotFoundError');
    if (typeof item !== 'string' && !(item instanceof Blob)) throw new TypeError('Bookmarks are not in the stand-in');
    const blob = new Blob([item], { type });
    return blob as never;
  }
}

/** The X targets that stand for one of Electron's types. */
function targetsOf(type: string): readonly string[] {
  if (type === 'text/plain') return TEXT_ATOMS;
  return [RAW.exec(type)?.[1] ?? type];
}

function typeOf(target: string): string | undefined {
  if (target === 'TARGETS' || target === 'TIMESTAMP' || target === 'MULTIPLE' || target === 'SAVE_TARGETS')
    return undefined;
  if (TEXT_ATOMS.some((name) => name === target)) return 'text/plain';
  return /^[a-z]+\/[a-z0-9.+-]+$/.test(target) ? target : `electron application/osclipboard;format="${target}"`;
}

let selection: Promise<XSelection> | undefined;
const open = (): Promise<XSelection> => (selection ??= openDisplay().then((x) => XSelection.open(x)));

async function read(type: string): Promise<Buffer | undefined> {
  const held = await open();
  const offered = new Set(await held.targets());
  const target = targetsOf(type).find((name) => offered.has(name));
  return target === undefined ? undefined : held.read(target);
}

type Offered = 'write' | 'writeText' | 'read' | 'readText' | 'has' | 'clear';
export const clipboard: Pick<Electron.Clipboard, Offered> = only('clipboard', {
  async write(items: Electron.ClipboardItem[]): Promise<void> {
    const data = new Map<string, Buffer>();
    for (const item of items) {
      for (const type of item.types) {
        const blob = await (item.getType(type) as Promise<Blob>);
        const bytes = Buffer.from(await blob.arrayBuffer());
        for (const target of targetsOf(type)) data.set(target, bytes);
      }
    }
    await (await open()).own(data);
  },
  async writeText(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    await (await open()).own(new Map(TEXT_ATOMS.map((target) => [target, bytes])));
  },
  async read(): Promise<Electron.ClipboardItem[]> {
    const held = await open();
    const items: Record<string, Blob> = {};
    for (const target of await held.targets()) {
      const type = typeOf(target);
      const bytes = type === undefined || type in items ? undefined : await held.read(target);
      if (type !== undefined && bytes !== undefined) items[type] = new Blob([bytes]);
    }
    return Object.keys(items).length === 0 ? [] : [new ClipboardItem(items) as unknown as Electron.ClipboardItem];
  },
  async readText(): Promise<string> {
    return (await read('text/plain'))?.toString('utf8') ?? '';
  },
  async has(type: string): Promise<boolean> {
    const offered = new Set(await (await open()).targets());
    return targetsOf(type).some((target) => offered.has(target));
  },
  clear(): void {
    void open().then((held) => held.own(new Map()));
  },
});
