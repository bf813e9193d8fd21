// The connection to the X server: windows are found, shown, hidden and decorated through it.
import x11, { type XClient, type XEvent, type XProperty } from 'x11';

const { eventMask } = x11;
const STATE_ADD = 1;
const STATE_REMOVE = 0;

export type Rectangle = { x: number; y: number; width: number; height: number };

export class XDisplay {
  readonly client: XClient;
  readonly root: number;
  readonly size: { readonly width: number; readonly height: number };
  readonly #atoms = new Map<string, Promise<number>>();

  private constructor(client: XClient, root: number, size: { readonly width: number; readonly height: number }) {
    this.client = client;
    this.root = root;
    this.size = size;
    client.setMaxListeners(0);
    client.ChangeWindowAttributes(root, { eventMask: eventMask.PropertyChange });
  }

  static connect(): Promise<XDisplay> {
    return new Promise((resolve, reject) => {
      const connecting = x11.createClient({}, (error, display) => {
        const screen = display?.screen[0];
        if (screen === undefined) reject(error ?? new Error('The X server has no screen'));
        else
          resolve(
            new XDisplay(display.client, screen.root, { width: screen.pixel_width, height: screen.pixel_height }),
          );
      });
      // A window may be gone before a command about it arrives: such errors belong to nobody.
      connecting.on('error', (error) => reject(error as Error));
    });
  }

  atom(name: string): Promise<number> {
    const known = this.#atoms.get(name) ?? ask<number>((reply) => this.client.InternAtom(false, name, reply));
    this.#atoms.set(name, known);
    return known;
  }

  atomName(atom: number): Promise<string> {
    return ask((reply) => this.client.GetAtomName(atom, reply));
  }

  onEvent(listener: (event: XEvent) => void): () => void {
    this.client.on('event', listener);
    return () => void this.client.off('event', listener);
  }

  property(window: number, property: number): Promise<XProperty> {
    return ask((reply) => this.client.GetProperty(0, window, property, 0, 0, 1 << 24, reply));
  }

  /** Waits for the window of the window manager's list whose title contains `mark`. */
  async windowTitled(mark: string): Promise<number> {
    const [list, title] = await Promise.all([this.atom('_NET_CLIENT_LIST'), this.atom('_NET_WM_NAME')]);
    const find = async (): Promise<number | undefined> => {
      const { data } = await this.property(this.root, list);
      for (let offset = data.length - 4; offset >= 0; offset -= 4) {
        const window = data.readUInt32LE(offset);
        const name = await this.property(window, title).catch(() => undefined);
        if (name?.data.toString('utf8').includes(mark) === true) return window;
      }
      return undefined;
    };
    for (let tries = 0; tries < 1000; tries += 1) {
      const window = await find();
      if (window !== undefined) return window;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error('The window did not appear on the X server within 10 s');
  }

  /** Asks the window manager to raise and focus it. */
  async activate(window: number): Promise<void> {
    await this.#tellManager(window, '_NET_ACTIVE_WINDOW', [2, 0, 0]);
  }

  async setState(window: number, state: string, on: boolean): Promise<void> {
    await this.#tellManager(window, '_NET_WM_STATE', [on ? STATE_ADD : STATE_REMOVE, await this.atom(state), 0, 1]);
  }

  async removeFrame(window: number): Promise<void> {
    const hints = await this.atom('_MOTIF_WM_HINTS');
    const none = Buffer.alloc(20);
    none.writeUInt32LE(2, 0);
    this.client.ChangeProperty(0, window, hints, hints, 32, none);
  }

  async activeWindow(): Promise<number> {
    const { data } = await this.property(this.root, await this.atom('_NET_ACTIVE_WINDOW'));
    return data.length >= 4 ? data.readUInt32LE(0) : 0;
  }

  /** Where the window is on the screen, without its frame. */
  async bounds(window: number): Promise<Rectangle> {
    const { width, height } = await ask<{ width: number; height: number }>((reply) =>
      this.client.GetGeometry(window, reply),
    );
    const at = await ask<{ destX: number; destY: number }>((reply) =>
      this.client.TranslateCoordinates(window, this.root, 0, 0, reply),
    );
    return { x: at.destX, y: at.destY, width, height };
  }

  async pointer(): Promise<{ x: number; y: number }> {
    const { rootX, rootY } = await ask<{ rootX: number; rootY: number }>((reply) =>
      this.client.QueryPointer(this.root, reply),
    );
    return { x: rootX, y: rootY };
  }

  close(): void {
    this.client.terminate();
  }

  async #tellManager(window: number, message: string, values: readonly number[]): Promise<void> {
    const event = Buffer.alloc(32);
    event[0] = 33;
    event[1] = 32;
    event.writeUInt32LE(window, 4);
    event.writeUInt32LE(await this.atom(message), 8);
    values.forEach((value, index) => event.writeUInt32LE(value, 12 + 4 * index));
    this.client.SendEvent(this.root, 0, 0x180000, event);
  }
}

/** One question to the X server as a promise. An answered error is not also an event of the connection. */
export function ask<T>(put: (reply: (error: Error | null, value: T) => boolean) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    put((error, value) => {
      if (error === null || error === undefined) resolve(value);
      else reject(error);
      return true;
    });
  });
}
