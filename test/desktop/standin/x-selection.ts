// The CLIPBOARD selection of the X server: owning it with several targets at once, and reading what others own.
// Data of any size that fits one property; the incremental protocol is not spoken.
import x11, { type XEvent } from 'x11';
import { type XDisplay, ask } from './x-display.ts';

const ATOM = 4;
const SELECTION_NOTIFY = 31;

export class XSelection {
  readonly #x: XDisplay;
  readonly #window: number;
  readonly #atoms: { readonly clipboard: number; readonly targets: number; readonly result: number };
  #held = new Map<number, Buffer>();

  private constructor(x: XDisplay, window: number, atoms: { clipboard: number; targets: number; result: number }) {
    this.#x = x;
    this.#window = window;
    this.#atoms = atoms;
    x.onEvent((event) => {
      if (event.name === 'SelectionRequest' && event.owner === window) this.#answer(event);
      if (event.name === 'SelectionClear' && event.owner === window) this.#held = new Map();
    });
  }

  static async open(x: XDisplay): Promise<XSelection> {
    const window = x.client.AllocID();
    x.client.CreateWindow(window, x.root, 0, 0, 1, 1, 0, 0, 0, 0, { eventMask: x11.eventMask.PropertyChange });
    const [clipboard, targets, result] = await Promise.all([
      x.atom('CLIPBOARD'),
      x.atom('TARGETS'),
      x.atom('STAND_IN_RESULT'),
    ]);
    return new XSelection(x, window, { clipboard, targets, result });
  }

  /** Owns the clipboard with this data by target. With none the clipboard is empty. */
  async own(data: ReadonlyMap<string, Buffer>): Promise<void> {
    const held = new Map<number, Buffer>();
    for (const [target, bytes] of data) held.set(await this.#x.atom(target), bytes);
    this.#held = held;
    this.#x.client.SetSelectionOwner(held.size === 0 ? 0 : this.#window, this.#atoms.clipboard, 0);
    // A round trip: when it is back, the server has made us the owner.
    await ask<number>((reply) => this.#x.client.GetSelectionOwner(this.#atoms.clipboard, reply));
  }

  /** What can be read now. */
  async targets(): Promise<readonly string[]> {
    const data = await this.#convert(this.#atoms.targets);
    if (data === undefined) return [];
    const atoms = Array.from({ length: Math.floor(data.length / 4) }, (_none, index) => data.readUInt32LE(index * 4));
    return Promise.all(atoms.map((atom) => this.#x.atomName(atom)));
  }

  async read(target: string): Promise<Buffer | undefined> {
    return this.#convert(await this.#x.atom(target));
  }

  async #convert(target: number): Promise<Buffer | undefined> {
    const owner = await ask<number>((reply) => this.#x.client.GetSelectionOwner(this.#atoms.clipboard, reply));
    if (owner === 0) return undefined;
    const notified = new Promise<XEvent>((resolve) => {
      const stop = this.#x.onEvent((event) => {
        if (event.name !== 'SelectionNotify' || event.requestor !== this.#window || event.target !== target) return;
        stop();
        resolve(event);
      });
    });
    this.#x.client.ConvertSelection(this.#window, this.#atoms.clipboard, target, this.#atoms.result, 0);
    const { property } = await notified;
    if (property === 0) return undefined;
    return (await this.#x.property(this.#window, this.#atoms.result)).data;
  }

  #answer(request: XEvent): void {
    const property = request.property === 0 ? request.target : request.property;
    const given = this.#put(request, property);
    const event = Buffer.alloc(32);
    event[0] = SELECTION_NOTIFY;
    const fields = [request.time, request.requestor, request.selection, request.target, given ? property : 0];
    fields.forEach((value, index) => event.writeUInt32LE(value >>> 0, 4 + 4 * index));
    this.#x.client.SendEvent(request.requestor, 0, 0, event);
  }

  #put(request: XEvent, property: number): boolean {
    if (request.target === this.#atoms.targets) {
      const atoms = [this.#atoms.targets, ...this.#held.keys()];
      const list = Buffer.alloc(atoms.length * 4);
      atoms.forEach((atom, index) => list.writeUInt32LE(atom, index * 4));
      this.#x.client.ChangeProperty(0, request.requestor, property, ATOM, 32, list);
      return true;
    }
    const data = this.#held.get(request.target);
    if (data === undefined) return false;
    this.#x.client.ChangeProperty(0, request.requestor, property, request.target, 8, data);
    return true;
  }
}
