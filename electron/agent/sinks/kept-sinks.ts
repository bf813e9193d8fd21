// Which sinks this data area has, and what became of them on record: a change and its record are one transaction.
import { sinkSchema, type Sink } from '#shared/contracts/sinks.ts';
import { hostOf } from '#shared/contracts/config/words.ts';
import type { OutboxEvent } from '#shared/domain/audit-event.ts';
import type { OutboxData } from '#shared/domain/outbox-data.ts';
import type { Clock } from '#shared/domain/time.ts';
import type { Store } from '#shared/store/store.ts';
import type { OutboxTx } from '../outbox/outbox.ts';
import type { Log } from '../ports.ts';
import type { Actor } from './sinks-port.ts';
import type { DeskSinkTables } from './tables.ts';

export type KeptSink = { readonly sink: Sink; readonly managed: boolean; readonly told: boolean };

type SinkKind = 'sink.added' | 'sink.removed' | 'sink.changed' | 'sink.tested' | 'sink.dead_letters' | 'sink.resent';
export type SinkFact = { [K in SinkKind]: { readonly kind: K; readonly data: OutboxData[K] } }[SinkKind];

export type KeptSinks = {
  /** False: one is kept that this version does not understand, and what it names is not known. */
  readonly isWhole: boolean;
  readonly all: () => readonly KeptSink[];
  /** Writes it, or without a sink deletes what has that name, with its record. Throws when the store does not take it. */
  readonly put: (name: string, kept: KeptSink | null, fact: SinkFact | null, who: Actor) => Promise<void>;
  readonly record: (fact: SinkFact, who: Actor) => Promise<void>;
};

export type KeptSinksParts = {
  readonly store: Pick<Store<DeskSinkTables>, 'read' | 'transaction'>;
  readonly append: (tx: OutboxTx, event: OutboxEvent) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
};

/** Reads them. One that this version does not understand is left out, and left as it is. */
export async function openKeptSinks({ store, append, clock, log }: KeptSinksParts): Promise<KeptSinks> {
  const kept = new Map<string, KeptSink>();
  let isWhole = true;
  for (const { name, managed, value, told } of await store.read.selectFrom('desk_sinks').selectAll().execute()) {
    const sink = readSink(value);
    if (sink === null) {
      isWhole = false;
      log.info('sinks.not_understood', { name });
    } else kept.set(name, { sink, managed: managed === 1, told: told === 1 });
  }
  const eventOf = (fact: SinkFact, who: Actor): OutboxEvent => ({
    atMs: clock.now(),
    actor: who,
    subject: null,
    resource: null,
    requestId: null,
    grantId: null,
    outcome: isFailure(fact) ? 'failure' : 'success',
    ...fact,
  });
  return {
    isWhole,
    all: () => [...kept.values()].toSorted((one, other) => orderOf(one).localeCompare(orderOf(other))),
    put: async (name, next, fact, who) => {
      await store.transaction(async (tx) => {
        await tx.deleteFrom('desk_sinks').where('name', '=', name).execute();
        if (next !== null) await tx.insertInto('desk_sinks').values(rowOf(next)).execute();
        if (fact !== null) await append(tx, eventOf(fact, who));
      });
      if (next === null) kept.delete(name);
      else kept.set(name, next);
    },
    record: async (fact, who) => await store.transaction(async (tx) => await append(tx, eventOf(fact, who))),
  };
}

/** What a record says of a sink: its host at most, since a path may have a token in it. */
export function namedIn(sink: Sink, managed: boolean): OutboxData['sink.added'] {
  const host = sink.kind === 'file' ? null : hostOf(sink.url).toLowerCase();
  return { name: sink.name, sink: sink.kind, host, by: managed ? 'organisation' : 'person' };
}

function rowOf({ sink, managed, told }: KeptSink): DeskSinkTables['desk_sinks'] {
  return { name: sink.name, managed: managed ? 1 : 0, value: JSON.stringify(sink), told: told ? 1 : 0 };
}

function readSink(value: string): Sink | null {
  try {
    return sinkSchema.parse(JSON.parse(value));
  } catch {
    return null;
  }
}

function isFailure(fact: SinkFact): boolean {
  return fact.kind === 'sink.dead_letters' || (fact.kind === 'sink.tested' && fact.data.code !== null);
}

function orderOf({ sink, managed }: KeptSink): string {
  return `${managed ? 0 : 1} ${sink.name}`;
}
