// After the last act: clocks are right, the network does what it should, nobody writes. Every desktop has to come to
// "synced", and both sides export what they have.
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import type { Cast } from './act.ts';
import type { Member } from './cast.ts';
import type { Word } from './told.ts';

const LIMIT_MS = 120_000;

/** Everybody is dead before and after it. Gives what did not come right, as sentences. */
export async function rest({ broker, desktops, network }: Cast, folder: string): Promise<readonly string[]> {
  const faults: string[] = [];
  broker.start({ clockMs: 0 }, true);
  await broker.victim().ready;
  await network.heal();
  await Promise.all(
    desktops.map(async (desktop) => {
      desktop.start({ clockMs: 0 }, true);
      faults.push(...(await becomesSynced(desktop)), ...(await exports(desktop, folder)));
    }),
  );
  faults.push(...(await deliversAll(broker)), ...(await exports(broker, folder)));
  await Promise.all([broker, ...desktops].map(async ({ kill }) => await kill()));
  return faults;
}

/** Where a process's export lies. */
export function exportOf(folder: string, { name }: Pick<Member, 'name'>): string {
  return join(folder, 'exports', name);
}

async function becomesSynced(desktop: Member): Promise<readonly string[]> {
  let state = 'it said nothing';
  const { promise, resolve } = Promise.withResolvers<boolean>();
  desktop.victim().hear((word) => {
    if (word.kind !== 'state') return;
    state = word.text;
    if (word.isSynced) resolve(true);
  });
  const limit = new AbortController();
  const isSynced = await Promise.race([promise, sleep(LIMIT_MS, false, { signal: limit.signal })]);
  limit.abort();
  return isSynced ? [] : [`${desktop.name} did not come to synced: ${state}`];
}

async function deliversAll(broker: Member): Promise<readonly string[]> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  broker.victim().hear(({ kind }) => {
    if (kind === 'delivered') resolve(true);
  });
  broker.victim().order({ kind: 'deliver' });
  const limit = new AbortController();
  const isDone = await Promise.race([promise, sleep(LIMIT_MS, false, { signal: limit.signal })]);
  limit.abort();
  return isDone ? [] : ['the sinks of the broker did not come to have everything'];
}

async function exports(member: Member, folder: string): Promise<readonly string[]> {
  const { promise, resolve } = Promise.withResolvers<Extract<Word, { kind: 'exported' }>>();
  member.victim().hear((word) => {
    if (word.kind === 'exported') resolve(word);
  });
  member.victim().order({ kind: 'export', folder: exportOf(folder, member) });
  const { problem } = await promise;
  return problem === null ? [] : [`${member.name}: ${problem}`];
}
