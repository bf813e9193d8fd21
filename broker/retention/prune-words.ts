// Forgets what people wrote so long ago: in the rows of requests that are over, with all that belongs to them, and the
// keys of the words in the ledger. What they did stays. Nothing of whom a legal hold is about.
import { withoutAnyName } from '#broker/erasure/places.ts';
import { brokerEvent } from '#broker/ledger/broker-event.ts';
import { destroyOldKeys } from '#broker/ledger/personal-keys.ts';
import type { Ledger } from '#broker/ledger/ledger.ts';
import type { Directory } from '#broker/identity/directory.ts';
import type { BrokerStore, Tx } from '#broker/store.ts';
import type { SubjectId } from '#shared/domain/identity.ts';
import type { Clock, EpochMs } from '#shared/domain/time.ts';
import { heldSubjects } from './held-subjects.ts';

export type PruneDeps = {
  readonly store: BrokerStore;
  readonly ledger: Pick<Ledger, 'append' | 'size'>;
  readonly clock: Clock;
  readonly directory: Pick<Directory, 'accounts'>;
};

const AT_ONCE = 200;

/** Gives how many requests and keys of words were forgotten. */
export async function pruneWords(deps: PruneDeps, beforeMs: EpochMs): Promise<number> {
  let forgotten = 0;
  for (;;) {
    const [requests, keys] = await deps.store.transaction(async (tx) => await pruneSome(deps, tx, beforeMs));
    forgotten += requests + keys;
    if (requests < AT_ONCE) return forgotten;
  }
}

async function pruneSome(deps: PruneDeps, tx: Tx, beforeMs: EpochMs): Promise<readonly [number, number]> {
  const held = await heldSubjects(deps, tx);
  const ids = await oldRequests(tx, beforeMs, held);
  for (const id of ids) await pruneRequest(tx, id, deps.clock.now());
  const keys = await destroyOldKeys(tx, beforeMs, held);
  if (ids.length > 0 || keys > 0)
    await deps.ledger.append(
      tx,
      brokerEvent('words.pruned', deps.clock.now(), { beforeMs, requests: ids.length, keys }),
    );
  return [ids.length, keys];
}

/** Over for so long, with the grant that came of it, and of nobody whose data is held: who asked, answered or ended it. */
async function oldRequests(tx: Tx, beforeMs: EpochMs, held: readonly SubjectId[]): Promise<readonly string[]> {
  const rows = await tx
    .selectFrom('requests')
    .leftJoin('grants', 'grants.request_id', 'requests.id')
    .select('requests.id')
    .where('requests.words_pruned_at_ms', 'is', null)
    .where('requests.state', 'not in', ['pending', 'approved'])
    .where('requests.created_at_ms', '<', beforeMs)
    .where((eb) => eb.or([eb('requests.closed_at_ms', 'is', null), eb('requests.closed_at_ms', '<', beforeMs)]))
    .where((eb) => eb.or([eb('grants.id', 'is', null), eb('grants.ended_at_ms', '<', beforeMs)]))
    .where('requests.subject', 'not in', held)
    .where((eb) => eb.or([eb('requests.closed_by', 'is', null), eb('requests.closed_by', 'not in', held)]))
    .where((eb) => eb.or([eb('grants.ended_by', 'is', null), eb('grants.ended_by', 'not in', held)]))
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('approvals')
            .select('approvals.id')
            .whereRef('approvals.request_id', '=', 'requests.id')
            .where('approvals.subject', 'in', held),
        ),
      ),
    )
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('findings')
            .select('findings.id')
            .whereRef('findings.grant_id', '=', 'grants.id')
            .where('findings.answered_by', 'in', held),
        ),
      ),
    )
    .orderBy('requests.created_at_ms')
    .limit(AT_ONCE)
    .execute();
  return rows.map(({ id }) => id);
}

async function pruneRequest(tx: Tx, id: string, nowMs: EpochMs): Promise<void> {
  const { decision } = await tx
    .selectFrom('requests')
    .select('decision')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  const gone = { justification: '', ticket: null, close_reason: null, network_address: null, auth_time_ms: null };
  await tx
    .updateTable('requests')
    .set({ ...gone, decision: withoutAnyName(decision), words_pruned_at_ms: nowMs })
    .where('id', '=', id)
    .execute();
  await tx.updateTable('approvals').set({ reason: null, auth_time_ms: null }).where('request_id', '=', id).execute();
  await tx.updateTable('grants').set({ end_words: null }).where('request_id', '=', id).execute();
  const grants = tx.selectFrom('grants').select('grants.id').where('grants.request_id', '=', id);
  await tx.updateTable('findings').set({ note: null }).where('grant_id', 'in', grants).execute();
}
