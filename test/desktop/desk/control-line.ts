// The spec's end of the line into the stand-in: commands with answers, and what the app was seen to do.
import { once } from 'node:events';
import { type Server, type Socket, createServer } from 'node:net';

export type Seen = { readonly event: string; readonly [detail: string]: unknown };
type Answer = { readonly id: number; readonly gives?: unknown; readonly failed?: string };

/** One running app's line. A line that ends fails what still waits for an answer. */
export class ControlLine implements Disposable {
  readonly #server: Server;
  readonly #seen: Seen[] = [];
  readonly #watchers = new Set<() => void>();
  readonly #pending = new Map<
    number,
    { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void }
  >();
  #socket: Socket | undefined;
  #ended = false;
  #lastId = 0;

  private constructor(server: Server) {
    this.#server = server;
    server.once('connection', (socket) => this.#connected(socket));
  }

  /** Waits at `socketPath` for the app, which is started after this resolves. */
  static async open(socketPath: string): Promise<ControlLine> {
    const server = createServer();
    const line = new ControlLine(server);
    server.listen(socketPath);
    await once(server, 'listening');
    server.unref();
    return line;
  }

  /** All that was reported so far, oldest first. */
  get seen(): readonly Seen[] {
    return this.#seen;
  }

  /** Sends a command and gives its answer, whose shape the command fixes. Rejects when it failed or the app is gone. */
  async command<T>(name: string, argument?: unknown): Promise<T> {
    await this.waitFor('hello');
    if (this.#ended) throw new Error(`'${name}': the app is gone`);
    this.#lastId += 1;
    const id = this.#lastId;
    this.#socket?.write(`${JSON.stringify({ id, command: name, with: argument })}\n`);
    return new Promise<T>((resolve, reject) =>
      this.#pending.set(id, { resolve: resolve as (value: unknown) => void, reject }),
    );
  }

  /** Waits for a report, from `after` reports on. Rejects when the app ends before. */
  async waitFor(event: string, matches: (seen: Seen) => boolean = () => true, after = 0): Promise<Seen> {
    for (;;) {
      const found = this.#seen.slice(after).find((seen) => seen.event === event && matches(seen));
      if (found !== undefined) return found;
      if (this.#ended) throw new Error(`The app ended before '${event}'`);
      await new Promise<void>((resolve) => this.#watchers.add(resolve));
    }
  }

  /** The app has ended, whether it ever connected or not. */
  end(): void {
    this.#ended = true;
    for (const { reject } of this.#pending.values()) reject(new Error('The app ended before it answered'));
    this.#pending.clear();
    this.#wake();
  }

  [Symbol.dispose](): void {
    this.end();
    this.#socket?.destroy();
    this.#server.close();
  }

  #connected(socket: Socket): void {
    this.#socket = socket;
    let text = '';
    socket.setEncoding('utf8');
    socket.on('error', () => {});
    socket.on('close', () => this.end());
    socket.on('data', (chunk: string) => {
      const lines = (text + chunk).split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) this.#take(JSON.parse(line) as Seen | Answer);
    });
  }

  #take(message: Seen | Answer): void {
    if ('event' in message) {
      this.#seen.push(message);
      this.#wake();
      return;
    }
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.failed === undefined) pending?.resolve(message.gives);
    else pending?.reject(new Error(message.failed));
  }

  #wake(): void {
    const waiting = [...this.#watchers];
    this.#watchers.clear();
    for (const wake of waiting) wake();
  }
}
