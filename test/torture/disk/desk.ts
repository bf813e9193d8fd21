// A desktop's core in a process of its own, as a test holds it: asked, killed, started again on what is on its disk.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Asked, DeskAnswer, ToldDesk } from './told-desk.ts';

const PROGRAM = new URL('desktop-process.ts', import.meta.url).pathname;

export type Desk = {
  readonly pid: number;
  readonly ask: (asked: Asked) => Promise<unknown>;
  readonly kill: () => Promise<void>;
};

/** Resolves when it has recovered. Rejects when it ended before, with what it printed. */
export async function startDesk(told: ToldDesk): Promise<Desk> {
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(told)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const gone = once(child, 'close');
  const waiting = new Map<number, (value: unknown) => void>();
  let printed = '';
  let asked = 0;
  child.stderr?.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const started = new Promise((resolve) => waiting.set(0, resolve));
  // Only its own answers come this way.
  child.on('message', ({ id, value }: DeskAnswer) => waiting.get(id)?.(value));
  const ended = gone.then(() => Promise.reject(new Error(`the desktop ended: ${printed}`)));
  ended.catch(() => undefined);
  await Promise.race([started, ended]);
  return {
    pid: pidOf(child),
    ask: async (question) => {
      asked += 1;
      const id = asked;
      const answer = new Promise((resolve) => waiting.set(id, resolve));
      child.send({ id, asked: question });
      return await Promise.race([answer, ended]);
    },
    kill: async () => {
      child.kill('SIGKILL');
      await gone;
    },
  };
}

function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error('the desktop did not start');
  return pid;
}
