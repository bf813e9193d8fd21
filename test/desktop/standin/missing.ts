// What the stand-in does not offer throws with its name, so that nothing passes a test by being quietly absent.
import { EventEmitter } from 'node:events';

// Asked for by the language, by loggers and by test tools, never by an app.
const ASKED_BY_TOOLS = new Set([
  'then',
  'toJSON',
  'inspect',
  'nodeType',
  'asymmetricMatch',
  '$$typeof',
  'module.exports',
]);

export class NotInStandIn extends Error {
  constructor(name: string) {
    super(`${name} is not in the stand-in for Electron`);
    this.name = 'NotInStandIn';
  }
}

/** The end of a prototype chain: knows what every object has, and throws for any other name. */
function endOfChain(name: string): object {
  return new Proxy(Object.create(null) as object, {
    get(_target, key, receiver) {
      if (typeof key === 'symbol' || key in Object.prototype || ASKED_BY_TOOLS.has(key)) {
        return Reflect.get(Object.prototype, key, receiver);
      }
      throw new NotInStandIn(`${name}.${key}`);
    },
  });
}

/** Makes every member that `members` lacks throw. Gives the same object. */
export function only<T extends object>(name: string, members: T): T {
  Object.setPrototypeOf(members, endOfChain(name));
  return members;
}

/** A base class for an Electron object that emits `events` and nothing else. Other members and events throw. */
export function emitterOf(name: string, events: readonly string[]): new () => EventEmitter {
  const known = new Set<string | symbol>([...events, 'newListener', 'removeListener', 'error']);
  const base = class extends EventEmitter {};
  const own = Object.getOwnPropertyDescriptors(EventEmitter.prototype);
  Object.defineProperties(base.prototype, { ...own, constructor: { value: base } });
  for (const method of ['on', 'once', 'addListener', 'prependListener', 'prependOnceListener'] as const) {
    const listen = EventEmitter.prototype[method];
    Object.defineProperty(base.prototype, method, {
      value(this: EventEmitter, event: string | symbol, listener: (...args: unknown[]) => void) {
        if (!known.has(event)) throw new NotInStandIn(`the event '${String(event)}' of ${name}`);
        return listen.call(this, event, listener);
      },
    });
  }
  Object.setPrototypeOf(base.prototype, endOfChain(name));
  return base;
}

/** An event object as listeners get it, with what it says. */
export function eventOf<T extends object>(
  says: T,
): T & { preventDefault: () => void; readonly defaultPrevented: boolean } {
  let prevented = false;
  return Object.defineProperties(
    { ...says } as T & { preventDefault: () => void; readonly defaultPrevented: boolean },
    {
      preventDefault: { value: () => void (prevented = true) },
      defaultPrevented: { get: () => prevented },
    },
  );
}
