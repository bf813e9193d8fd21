// What the ledger says of its own sinks. Names, kinds and hosts only.
import { recordFacts } from '#shared/sinks/record-facts.ts';
import type { DeadLettered, OpenedSink } from '#shared/sinks/sinks.ts';
import type { AuditData, LedgerEvent } from '#shared/domain/audit-event.ts';
import type { SubjectId } from '#shared/domain/identity.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import type { Ledger } from '#broker/ledger/ledger.ts';
import type { BrokerStore, Tx } from '#broker/store.ts';

type SinkKind = 'sink.configured' | 'sink.dead_lettered' | 'sink.test_sent' | 'sink.dead_letters_resent';

type Said<K extends SinkKind> = {
  readonly kind: K;
  readonly atMs: EpochMs;
  readonly actor: SubjectId | 'broker';
  readonly outcome: 'success' | 'failure';
  readonly data: AuditData[K];
};

export function sinkEvent<K extends SinkKind>(said: Said<K>): LedgerEvent {
  const about = { subject: null, resource: null, requestId: null, grantId: null } as const;
  // Of one kind with its own data: the union cannot see that.
  return { ...said, ...about } as unknown as LedgerEvent;
}

/** Records where the ledger is sent from now on, if that is not what the last record of it says. */
export async function recordConfigured(
  { store, ledger }: { readonly store: BrokerStore; readonly ledger: Pick<Ledger, 'append'> },
  sinks: readonly OpenedSink[],
  nowMs: EpochMs,
): Promise<void> {
  const configured = sinks.map(({ sink }) => ({
    name: sink.name,
    kind: sink.kind,
    // The path of a file may name a person.
    host: sink.kind === 'file' ? null : new URL(sink.url).host,
  }));
  const text = JSON.stringify(configured);
  await store.transaction(async (tx) => {
    const row = await tx
      .selectFrom('sinks_on_record')
      .select('configured')
      .where('id', '=', 'sinks')
      .executeTakeFirst();
    if ((row?.configured ?? '[]') === text) return;
    await tx
      .insertInto('sinks_on_record')
      .values({ id: 'sinks', configured: text })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ configured: text }))
      .execute();
    const data = { sinks: configured };
    await ledger.append(
      tx,
      sinkEvent({ kind: 'sink.configured', atMs: nowMs, actor: 'broker', outcome: 'success', data }),
    );
  });
}

/** Within the transaction that notes them. A record about dead letters that is one itself makes no further record. */
export async function recordDeadLetters(
  tx: Tx,
  ledger: Pick<Ledger, 'append'>,
  { sink, code, records }: DeadLettered,
  nowMs: EpochMs,
): Promise<void> {
  const told = records.filter((record) => recordFacts(record)?.kind !== 'sink.dead_lettered');
  const [first] = told;
  const last = told.at(-1);
  if (first === undefined || last === undefined) return;
  const data = {
    name: sink,
    code,
    records: told.length,
    epoch: first.at.epoch,
    firstSequence: first.at.sequence,
    lastSequence: last.at.sequence,
  };
  await ledger.append(
    tx,
    sinkEvent({ kind: 'sink.dead_lettered', atMs: nowMs, actor: 'broker', outcome: 'failure', data }),
  );
}
