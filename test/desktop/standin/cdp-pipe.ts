// Chrome's debugging protocol over a pair of pipes: commands out, answers and events in.
import { EventEmitter } from 'node:events';
import type { Readable, Writable } from 'node:stream';

type Answer = {
  readonly id?: number;
  readonly error?: { readonly message: string };
  readonly result?: unknown;
  readonly method?: string;
  readonly params?: unknown;
  readonly sessionId?: string;
};
type Pending = {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly method: string;
};

/** Emits `event` with (method, params, sessionId), and `closed` when the browser is gone. */
export class CdpPipe extends EventEmitter<{ event: [string, unknown, string | undefined]; closed: [] }> {
  readonly #out: Writable;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #partial: Buffer[] = [];
  #closed = false;

  constructor(out: Writable, input: Readable) {
    super();
    this.setMaxListeners(0);
    this.#out = out;
    out.on('error', () => this.#close());
    input.on('data', (chunk: Buffer) => this.#read(chunk));
    input.on('close', () => this.#close());
    input.on('error', () => this.#close());
  }

  /** Sends one command. Gives its result, whose shape the protocol fixes for the method. Rejects when it is refused. */
  send<T>(method: string, params: object = {}, sessionId?: string): Promise<T> {
    if (this.#closed) return Promise.reject(new Error(`${method}: the browser is gone`));
    this.#lastId += 1;
    const id = this.#lastId;
    this.#out.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    // The protocol's own documentation is the contract for T.
    return new Promise<T>((resolve, reject) =>
      this.#pending.set(id, { resolve: resolve as (r: unknown) => void, reject, method }),
    );
  }

  #read(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(0); end >= 0; end = chunk.indexOf(0, start)) {
      this.#partial.push(chunk.subarray(start, end));
      const text = Buffer.concat(this.#partial).toString();
      this.#partial = [];
      start = end + 1;
      this.#take(JSON.parse(text) as Answer);
    }
    if (start < chunk.length) this.#partial.push(chunk.subarray(start));
  }

  #take(message: Answer): void {
    if (message.id === undefined) {
      this.emit('event', message.method ?? '', message.params, message.sessionId);
      return;
    }
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.error === undefined) pending?.resolve(message.result);
    else pending?.reject(new Error(`${pending.method}: ${message.error.message}`));
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const { reject, method } of this.#pending.values()) reject(new Error(`${method}: the browser is gone`));
    this.#pending.clear();
    this.emit('closed');
  }
}
