// The two scripts that run in every page before its own: one in the page's world, one around the preload in a world of
// its own. They reach each other through DOM events whose names the page never learns.
// Each function here is sent to the page as text: it may use only what it is given and what `makeCodec` makes.
import { type Codec, makeCodec } from './codec.ts';

type CrossEvent = { readonly detail: string };
type PageDocument = {
  addEventListener(name: string, listener: (event: CrossEvent) => void): void;
  dispatchEvent(event: unknown): boolean;
};
declare const document: PageDocument;
declare const CustomEvent: new (name: string, init: { detail: string }) => unknown;
declare const navigator: { readonly userAgent: string };

export type Wire = {
  readonly post: (message: object) => { readonly thrown?: unknown; readonly gave?: unknown };
  readonly refer: (value: object) => number;
  readonly revive: (name: number, kind: 'f' | 'p') => unknown;
};
type WireMessage = {
  readonly call?: number;
  readonly kind?: 'f' | 'p';
  readonly args?: unknown[];
  readonly expose?: string;
  readonly value?: unknown;
};

/** The name under which the preload's world sends to the main process, and is sent to. */
export const SEND_BINDING = '__standInSend';
export const RECEIVE_FUNCTION = '__standInReceive';

function makeWire(
  codec: Codec,
  token: string,
  me: string,
  peer: string,
  onExpose: (name: string, value: unknown, wire: Wire) => void,
): Wire {
  const dispatch = document.dispatchEvent.bind(document);
  const shared: object[] = [];
  const names = new Map<object, number>();
  let answer: string | undefined;
  const refer = (value: object): number => {
    const known = names.get(value);
    if (known !== undefined) return known;
    names.set(value, shared.length);
    return shared.push(value) - 1;
  };
  const post = (message: object): { thrown?: unknown; gave?: unknown } => {
    answer = undefined;
    dispatch(new CustomEvent(token + peer, { detail: JSON.stringify(message) }));
    const got = answer === undefined ? {} : (JSON.parse(answer) as { thrown?: unknown; gave?: unknown });
    answer = undefined;
    return got;
  };
  const revive = (name: number, kind: 'f' | 'p'): unknown => {
    const call = (args: unknown[]): { thrown?: unknown; gave?: unknown } =>
      post({ call: name, kind, args: args.map((arg) => codec.encode(arg, refer)) });
    if (kind === 'p') return new Promise((resolve, reject) => void call([resolve, reject]));
    return (...args: unknown[]): unknown => {
      const got = call(args);
      if (got.thrown !== undefined) throw codec.decode(got.thrown, revive);
      return codec.decode(got.gave, revive);
    };
  };
  const serve = (message: WireMessage): object => {
    const target = shared[message.call ?? -1];
    try {
      const args = (message.args ?? []).map((arg) => codec.decode(arg, revive)) as never[];
      if (target instanceof Promise) {
        void target.then(args[0], args[1]);
        return { gave: { $: 'u' } };
      }
      return { gave: codec.encode((target as (...a: unknown[]) => unknown)(...args), refer) };
    } catch (error) {
      return { thrown: codec.encode(error instanceof Error ? error : new Error(String(error)), refer) };
    }
  };
  const wire: Wire = { post, refer, revive };
  document.addEventListener(`${token}${me}answer`, (event) => (answer = event.detail));
  document.addEventListener(token + me, (event) => {
    const message = JSON.parse(event.detail) as WireMessage;
    if (message.expose !== undefined) onExpose(message.expose, message.value, wire);
    const result = message.expose === undefined ? serve(message) : {};
    dispatch(new CustomEvent(`${token}${peer}answer`, { detail: JSON.stringify(result) }));
  });
  return wire;
}

function runInPage(codec: Codec, connect: typeof makeWire, token: string): void {
  const freeze = (value: unknown): unknown => {
    if (value !== null && typeof value === 'object' && !Object.isFrozen(value)) {
      Object.freeze(value);
      Object.values(value).forEach(freeze);
    }
    return value;
  };
  connect(codec, token, 'page', 'preload', (name, value, wire) => {
    const api = freeze(codec.decode(value, wire.revive));
    Object.defineProperty(globalThis, name, { value: api, enumerable: true });
  });
}

/** Moves the page's own `Date`, in either world. */
function moveDate(byMs: number): void {
  type Moved = typeof globalThis & { __standInRealDate?: DateConstructor };
  const scope = globalThis as Moved;
  const RealDate = scope.__standInRealDate ?? Date;
  Object.defineProperty(scope, '__standInRealDate', { value: RealDate, enumerable: false, configurable: true });
  const now = (): number => RealDate.now() + byMs;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as object,
    apply: () => new RealDate(now()).toString(),
    get: (target, key) => (key === 'now' ? now : (Reflect.get(target, key) as unknown)),
  });
  Object.defineProperty(RealDate.prototype, 'constructor', {
    value: globalThis.Date,
    writable: true,
    configurable: true,
  });
}

type PreloadSetting = {
  readonly token: string;
  readonly file: string;
  readonly argv: readonly string[];
  readonly sendBinding: string;
  readonly receiveFunction: string;
  readonly electron: string;
};
type Listener = (event: object, ...args: unknown[]) => void;
type FromMain =
  | { readonly is: 'reply'; readonly id: number; readonly failed?: string; readonly gives?: unknown }
  | { readonly is: 'message'; readonly channel: string; readonly args: unknown[] };

function runPreload(
  codec: Codec,
  connect: typeof makeWire,
  setting: PreloadSetting,
  preload: (require: (name: string) => unknown, process: object, module: { exports: object }, exports: object) => void,
): void {
  const { post, refer } = connect(codec, setting.token, 'preload', 'page', () => {});
  const absent = (name: string): never => {
    throw new Error(`${name} is not in the stand-in for Electron`);
  };
  const only = <T extends object>(name: string, members: T): T =>
    new Proxy(members, {
      get: (target, key) =>
        key in target || typeof key === 'symbol' ? (Reflect.get(target, key) as unknown) : absent(`${name}.${key}`),
    });
  const scope = globalThis as unknown as Record<string, (text: string) => void>;
  const send = scope[setting.sendBinding] ?? absent(setting.sendBinding);
  const exposed = new Set<string>();
  const contextBridge = only('contextBridge', {
    exposeInMainWorld(name: string, api: unknown): void {
      if (exposed.has(name)) throw new Error(`Cannot bind an API on top of an existing property on the window object`);
      exposed.add(name);
      post({ expose: name, value: codec.encode(api, refer) });
    },
  });
  const listeners = new Map<string, Listener[]>();
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let lastId = 0;
  const ipcRenderer = only('ipcRenderer', {
    on(channel: string, listener: Listener) {
      listeners.set(channel, [...(listeners.get(channel) ?? []), listener]);
      return ipcRenderer;
    },
    off(channel: string, listener: Listener) {
      const left = [...(listeners.get(channel) ?? [])];
      const at = left.lastIndexOf(listener);
      if (at >= 0) left.splice(at, 1);
      listeners.set(channel, left);
      return ipcRenderer;
    },
    removeListener: (channel: string, listener: Listener): unknown => ipcRenderer.off(channel, listener),
    send(channel: string, ...args: unknown[]): void {
      send(JSON.stringify({ is: 'send', channel, args: args.map((arg) => codec.encode(arg)) }));
    },
    async invoke(channel: string, ...args: unknown[]): Promise<unknown> {
      lastId += 1;
      const id = lastId;
      const message = JSON.stringify({ is: 'invoke', id, channel, args: args.map((arg) => codec.encode(arg)) });
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        send(message);
      });
    },
  });
  const receive = (text: string): void => {
    const message = JSON.parse(text) as FromMain;
    if (message.is === 'reply') {
      const asked = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.failed === undefined) asked?.resolve(codec.decode(message.gives));
      else asked?.reject(new Error(message.failed));
      return;
    }
    for (const listener of listeners.get(message.channel) ?? []) {
      listener({ sender: ipcRenderer, ports: [] }, ...message.args.map((arg) => codec.decode(arg)));
    }
  };
  Object.defineProperty(globalThis, setting.receiveFunction, { value: receive });
  const electron = only('electron', { contextBridge, ipcRenderer });
  const modules: Record<string, unknown> = { electron, 'electron/renderer': electron };
  const require = (name: string): unknown => modules[name] ?? absent(`module '${name}' in a sandboxed preload`);
  const chrome = /Chrome\/([0-9.]+)/.exec(navigator.userAgent)?.[1];
  const process = {
    platform: 'linux',
    type: 'renderer',
    sandboxed: true,
    contextIsolated: true,
    isMainFrame: true,
    env: {},
    argv: setting.argv,
    versions: { electron: setting.electron, chrome },
  };
  const module = { exports: {} };
  try {
    preload.call(module.exports, require, process, module, module.exports);
  } catch (error) {
    console.error(`Unable to load preload script: ${setting.file}`);
    console.error(error);
  }
}

const inMainFrame = (script: string): string => `if(globalThis===globalThis.top){${script}}`;
const shift = (ms: number): string => (ms === 0 ? '' : `(${moveDate.toString()})(${ms});`);
const call = (run: (...args: never[]) => void, args: string): string =>
  `(${run.toString()})((${makeCodec.toString()})(),${makeWire.toString()},${args});`;

/** Moves time in a page that runs already. */
export const moveDateScript = (byMs: number): string => `(${moveDate.toString()})(${byMs})`;

/** What runs in the page's own world at the start of each document. */
export const pageWorldScript = (token: string, shiftMs: number): string =>
  inMainFrame(shift(shiftMs) + call(runInPage, JSON.stringify(token)));

/** What runs in the preload's world at the start of each document. */
export function preloadWorldScript(
  token: string,
  file: string,
  source: string,
  argv: readonly string[],
  shiftMs: number,
): string {
  const setting: PreloadSetting = {
    token,
    file,
    argv,
    sendBinding: SEND_BINDING,
    receiveFunction: RECEIVE_FUNCTION,
    electron: '45.4.1',
  };
  const preload = `function(require,process,module,exports){${source}\n}`;
  return `${inMainFrame(shift(shiftMs) + call(runPreload, `${JSON.stringify(setting)},${preload}`))}\n//# sourceURL=file://${file}`;
}
