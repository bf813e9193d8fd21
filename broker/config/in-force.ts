// Keeps which catalog and policies were in force last, and writes each change of them into the ledger with it.
import type { SubjectId } from '#shared/domain/identity.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import type { Ledger } from '#broker/ledger/ledger.ts';
import type { Tx } from '#broker/store.ts';
import { diffHashes, type Hashes } from './diff.ts';
import type { ConfigurationRefused, Part, PartInForce, Snapshot } from './load-rules.ts';

const PARTS = ['catalog', 'policies'] as const;

export type Recording = {
  readonly tx: Tx;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly nowMs: EpochMs;
  readonly actor: SubjectId | 'broker';
};

/** Records each part that differs from what was in force, also when it changed while the broker was down. */
export async function recordChange(snapshot: Snapshot, recording: Recording): Promise<void> {
  for (const part of PARTS) await recordPart(part, snapshot.parts[part], recording);
}

/** Records that a change was refused and what stays. Only the number of problems: their texts are for the author. */
export async function recordRefusal(
  refused: ConfigurationRefused,
  kept: Snapshot,
  recording: Recording,
): Promise<void> {
  for (const part of PARTS) {
    const problems = refused.problems.filter((problem) => problem.part === part).length;
    if (problems === 0) continue;
    const data = { part, keptHash: kept.parts[part].hash, problems };
    await recording.ledger.append(recording.tx, {
      ...common(recording),
      kind: 'config.refused',
      outcome: 'failure',
      data,
    });
  }
}

/** Records what is in force now of one part, if it differs from what was. */
export async function recordPart(part: Part | 'identity', to: PartInForce, recording: Recording): Promise<void> {
  const { tx, ledger } = recording;
  const row = await tx.selectFrom('config_in_force').selectAll().where('part', '=', part).executeTakeFirst();
  const diff = diffHashes(row === undefined ? {} : readEntries(row.entries), to.entries);
  if (row?.hash === to.hash && Object.values(diff).every((names) => names.length === 0)) return;
  const written = { hash: to.hash, entries: JSON.stringify(to.entries) };
  await tx
    .insertInto('config_in_force')
    .values({ part, ...written })
    .onConflict((conflict) => conflict.column('part').doUpdateSet(written))
    .execute();
  const data = { part, fromHash: row?.hash ?? null, toHash: to.hash, ...diff };
  await ledger.append(tx, { ...common(recording), kind: 'config.changed', outcome: 'success', data });
}

/** Our own writing; should it be damaged, everything counts as added rather than the start failing. */
export function readEntries(text: string): Hashes {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function common({ nowMs, actor }: Recording) {
  return { atMs: nowMs, actor, subject: null, resource: null, requestId: null, grantId: null } as const;
}
