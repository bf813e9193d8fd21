// The broker, which serves this desktop only when it can prove itself: until its key is there it counts as starting.
import type { BrokerHost } from './broker-host.ts';

export type KeyedHost = BrokerHost & {
  /** The key is there now. */
  readonly keyFound: () => void;
};

export function onceKeyed(host: BrokerHost, keyed: () => boolean): KeyedHost {
  const listeners = new Set<() => void>();
  return {
    ...host,
    keyFound: () => {
      for (const listener of listeners) listener();
    },
    state: () => {
      const state = host.state();
      return (state.kind === 'ready' || state.kind === 'signed_out') && !keyed() ? { kind: 'starting' } : state;
    },
    subscribe: (listener) => {
      listeners.add(listener);
      const stop = host.subscribe(listener);
      return () => {
        listeners.delete(listener);
        stop();
      };
    },
  };
}
