// Sends once more what a sink refused for good: in batches, and one by one where a batch is refused. What is taken is no
// dead letter any more; what the log does not have any more stays one.
import { err, ok, type Result } from '../domain/result.ts';
import type { Db, LogStore } from '../log/log-store.ts';
import { problemOf } from './courier.ts';
import { readDeadLetters, removeDeadLetter } from './dead-letters.ts';
import type { SinkCursor, SinkProblem, SinkSource, SourcedRecord } from './sinks.ts';
import type { SinkTables } from './tables.ts';
import type { Target } from './target.ts';

export type ResendParts<Tx extends Db> = {
  readonly key: string;
  readonly target: Target;
  readonly store: LogStore<Tx>;
  readonly tables: SinkTables;
  readonly source: Pick<SinkSource, 'at' | 'checkpoint'>;
  readonly signal: AbortSignal;
};

/** At a time: each is looked up by itself. */
const PAGE = 50;
/** In one call, which somebody waits for. */
const MOST = 1000;

type Letter = { readonly at: SinkCursor; readonly record: SourcedRecord };

/** Gives how many it took; a problem only if it took none because it cannot be reached. */
export async function resendDeadLetters<Tx extends Db>(parts: ResendParts<Tx>): Promise<Result<number, SinkProblem>> {
  const { key, store, tables } = parts;
  let taken = 0;
  let after: SinkCursor | null = null;
  for (let seen = 0; seen < MOST; seen += PAGE) {
    const page = await readDeadLetters(store.read, tables, { key, after, limit: PAGE });
    after = page.at(-1)?.at ?? null;
    if (after === null) break;
    for (const group of await inGroups(parts, page)) {
      const sent = await sendGroup(parts, group);
      taken += sent.taken;
      if (sent.problem !== null) return taken > 0 ? ok(taken) : err(sent.problem);
    }
    if (page.length < PAGE) break;
  }
  return ok(taken);
}

/** The records of the letters that the log still has, apart where the epoch changes. */
async function inGroups<Tx extends Db>(
  { source }: ResendParts<Tx>,
  page: readonly { readonly at: SinkCursor; readonly uid: string }[],
): Promise<readonly (readonly Letter[])[]> {
  const groups: Letter[][] = [];
  for (const { at, uid } of page) {
    const record = await source.at(at);
    if (record === null || record.uid !== uid) continue;
    const last = groups.at(-1);
    const before = last?.at(-1)?.record.at;
    if (last !== undefined && before?.origin === record.at.origin && before.epoch === record.at.epoch)
      last.push({ at, record });
    else groups.push([{ at, record }]);
  }
  return groups;
}

type Sent = { readonly taken: number; readonly problem: SinkProblem | null };

async function sendGroup<Tx extends Db>(parts: ResendParts<Tx>, letters: readonly Letter[]): Promise<Sent> {
  const { target, source, store, tables, key, signal } = parts;
  const records = letters.map(({ record }) => record);
  const outcome = await target.send({ records, checkpoint: await source.checkpoint(), isFirst: false }, signal);
  if (outcome.kind === 'failed') return { taken: 0, problem: problemOf(outcome) };
  if (outcome.kind === 'accepted') {
    await store.transaction(async (tx) => {
      for (const letter of letters) await removeDeadLetter(tx, tables, key, letter);
    });
    return { taken: letters.length, problem: null };
  }
  if (letters.length === 1) return { taken: 0, problem: null };
  let taken = 0;
  for (const letter of letters) {
    const one = await sendGroup(parts, [letter]);
    taken += one.taken;
    if (one.problem !== null) return { taken, problem: one.problem };
  }
  return { taken, problem: null };
}
