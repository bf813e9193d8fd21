// Values as text, as far as the structured clone algorithm goes. The same function runs here and in every page:
// it may use nothing from outside of itself.

export type Encoded = null | boolean | string | number | { readonly $: string; readonly v?: unknown };
/** Says how a function or a promise is named on the wire; without it they cannot be cloned. */
export type Refer = (value: object) => number;
/** Makes a function (`f`) or a promise (`p`) of a name. */
export type Revive = (name: number, kind: 'f' | 'p') => unknown;
export type Codec = {
  readonly encode: (value: unknown, refer?: Refer) => Encoded;
  readonly decode: (encoded: unknown, revive?: Revive) => unknown;
};

export function makeCodec(): Codec {
  type Tagged = { readonly $: string; readonly v: never };
  const toText = (bytes: Uint8Array): string => {
    let text = '';
    for (const byte of bytes) text += String.fromCharCode(byte);
    return btoa(text);
  };
  const toBytes = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const refuse = (): never => {
    throw new DOMException('An object could not be cloned.', 'DataCloneError');
  };

  const encode = (root: unknown, refer?: Refer): Encoded => {
    const seen = new Map<object, number>();
    const named = (value: object, kind: string): Encoded =>
      refer === undefined ? refuse() : { $: kind, v: refer(value) };
    const write = (value: unknown): Encoded => {
      if (value === undefined) return { $: 'u' };
      if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
      if (typeof value === 'number') {
        return Number.isFinite(value) && !Object.is(value, -0)
          ? value
          : { $: 'n', v: Object.is(value, -0) ? '-0' : String(value) };
      }
      if (typeof value === 'bigint') return { $: 'b', v: String(value) };
      if (typeof value === 'function') return named(value, 'f');
      if (typeof value !== 'object') return refuse();
      return value instanceof Promise ? named(value, 'p') : writeObject(value);
    };
    const writeObject = (value: object): Encoded => {
      const before = seen.get(value);
      if (before !== undefined) return { $: 'r', v: before };
      seen.set(value, seen.size);
      if (value instanceof Date) return { $: 'd', v: write(value.getTime()) };
      if (value instanceof RegExp) return { $: 'x', v: [value.source, value.flags] };
      if (value instanceof Error) return { $: 'e', v: [value.name, value.message, value.stack ?? ''] };
      if (value instanceof Map) return { $: 'm', v: [...value].map(([key, item]) => [write(key), write(item)]) };
      if (value instanceof Set) return { $: 's', v: [...value].map(write) };
      if (value instanceof ArrayBuffer) return { $: 'ab', v: toText(new Uint8Array(value)) };
      if (ArrayBuffer.isView(value)) {
        const kind = value.constructor.name === 'Buffer' ? 'Uint8Array' : value.constructor.name;
        return { $: 'ta', v: [kind, toText(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))] };
      }
      if (Array.isArray(value)) return { $: 'a', v: value.map(write) };
      // Pairs, not an object: a key may be `__proto__`.
      return { $: 'o', v: Object.entries(value).map(([key, item]) => [key, write(item)]) };
    };
    return write(root);
  };

  const decode = (root: unknown, revive?: Revive): unknown => {
    const seen: unknown[] = [];
    const put = <T>(value: T): T => {
      seen.push(value);
      return value;
    };
    const define = (object: object, key: string, value: unknown): void => {
      Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
    };
    const typed = (kind: string, bytes: Uint8Array<ArrayBuffer>): unknown => {
      const make = (globalThis as unknown as Record<string, new (buffer: ArrayBuffer) => unknown>)[kind];
      return make === undefined ? bytes : new make(bytes.buffer);
    };
    const read = (value: unknown): unknown => {
      if (value === null || typeof value !== 'object') return value;
      const { $: kind, v } = value as Tagged;
      switch (kind) {
        case 'u':
          return undefined;
        case 'n':
          return Number(v);
        case 'b':
          return BigInt(v);
        case 'f':
        case 'p':
          return revive === undefined ? refuse() : revive(v, kind);
        case 'r':
          return seen[v];
        default:
          return readObject(kind, v);
      }
    };
    const readObject = (kind: string, v: never): unknown => {
      switch (kind) {
        case 'd':
          return put(new Date(read(v) as number));
        case 'x':
          return put(new RegExp(v[0], v[1]));
        case 'e':
          return put(Object.assign(new Error(v[1]), { name: v[0] }));
        case 'ab':
          return put(toBytes(v).buffer);
        case 'ta':
          return put(typed(v[0], toBytes(v[1])));
        default:
          return readCollection(kind, v as unknown[]);
      }
    };
    const readCollection = (kind: string, items: unknown[]): unknown => {
      if (kind === 'm') {
        const map = put(new Map<unknown, unknown>());
        for (const [key, item] of items as [unknown, unknown][]) map.set(read(key), read(item));
        return map;
      }
      if (kind === 's') {
        const set = put(new Set<unknown>());
        for (const item of items) set.add(read(item));
        return set;
      }
      if (kind === 'a') {
        const array = put<unknown[]>([]);
        for (const item of items) array.push(read(item));
        return array;
      }
      const object = put({});
      for (const [key, item] of items as [string, unknown][]) define(object, key, read(item));
      return object;
    };
    return read(root);
  };
  return { encode, decode };
}
