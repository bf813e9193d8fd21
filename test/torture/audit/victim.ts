// One process of an audit torture: started, listened to, killed -9. Nothing of it outlives its killer.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Order, ToldBroker, ToldDesktop, Word } from './told.ts';

export type Victim = {
  /** Resolves when it has opened all it needs, with its port; null when it was gone before. */
  readonly ready: Promise<number | null>;
  readonly isReady: () => boolean;
  /** How many of its transactions it said were committed. */
  readonly committed: () => number;
  readonly hear: (listener: (word: Word) => void) => void;
  readonly order: (order: Order) => void;
  /** SIGKILL: no more instruction of it runs. Resolves when it is gone. Throws when it had ended by itself. */
  readonly kill: () => Promise<void>;
};

export type VictimOptions = {
  readonly program: string;
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly told: ToldBroker | ToldDesktop;
  readonly hear: (word: Word) => void;
};

const alive = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

export function startVictim({ program, flags, env, told, hear }: VictimOptions): Victim {
  const child = spawn(process.execPath, [...flags, program, JSON.stringify(told)], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  alive.add(child);
  const gone = once(child, 'close').then(() => void alive.delete(child));
  const listeners = new Set([hear]);
  const { promise: ready, resolve } = Promise.withResolvers<number | null>();
  let isReady = false;
  let committed = 0;
  let printed = '';
  let killed = false;
  child.stderr?.on('data', (chunk: Buffer) => (printed = `${printed}${chunk.toString()}`.slice(-4000)));
  // Only its own words come this way.
  child.on('message', (word: Word) => {
    if (word.kind === 'ready') {
      isReady = true;
      resolve(word.port);
    }
    if (word.kind === 'committed') committed += 1;
    for (const listener of listeners) listener(word);
  });
  child.on('exit', () => {
    resolve(null);
    if (!killed) hear({ kind: 'trouble', text: `it ended by itself: ${printed}` });
  });
  return {
    ready,
    isReady: () => isReady,
    committed: () => committed,
    hear: (listener) => void listeners.add(listener),
    order: (order) => void child.send(order, () => undefined),
    kill: async () => {
      killed = true;
      child.kill('SIGKILL');
      await gone;
    },
  };
}
