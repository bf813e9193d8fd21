// The sinks of one data area: what is kept, used and shown of them, and what a person has done to them, one at a time.
// Nothing here ever holds up the log or the start of the program.
import type { OutboxEvent } from '#shared/domain/audit-event.ts';
import { MINUTE_MS, type Clock } from '#shared/domain/time.ts';
import type { DeliveredUpTo, Sinks } from '#shared/sinks/sinks.ts';
import type { Store } from '#shared/store/store.ts';
import type { Keychain } from '../keychain-port.ts';
import type { OutboxTx } from '../outbox/outbox.ts';
import type { Log, Timers } from '../ports.ts';
import { inBackground } from '../session/in-background.ts';
import { sinkChanges } from './change-sinks.ts';
import { type KeptSink, type KeptSinks, openKeptSinks } from './kept-sinks.ts';
import { settleManaged } from './settle-managed.ts';
import { sinkCards, untilOneNeedsLook } from './sink-cards.ts';
import { createSinkSecrets, referenceOf, type SinkSecrets } from './sink-secrets.ts';
import type { DeskSinks, ManagedSinksPort } from './sinks-port.ts';
import type { DeskSinkTables } from './tables.ts';
import { createTurns } from './turns.ts';
import { sinksToUse } from './sinks-to-use.ts';
import { createUsedSinks, type UsedSinks } from './used-sinks.ts';

export type DeskSinksParts = {
  readonly store: Pick<Store<DeskSinkTables>, 'read' | 'transaction'>;
  readonly append: (tx: OutboxTx, event: OutboxEvent) => Promise<void>;
  /** Opened on this area's log, with none used yet. Its owner closes it after this. */
  readonly sinks: Sinks;
  readonly keychain: Keychain;
  readonly managed: ManagedSinksPort;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
};

export type OpenedDeskSinks = DeskSinks & {
  /** What may be pruned without a sink missing it. While it is not known which sinks there are, nothing. */
  readonly deliveredUpTo: () => Promise<DeliveredUpTo>;
  readonly close: () => Promise<void>;
};

/** Throws a StoreError when the database cannot be read. What of it cannot be written is tried again at the next start. */
export async function openDeskSinks(parts: DeskSinksParts): Promise<OpenedDeskSinks> {
  const { sinks, keychain, managed, clock, timers, log } = parts;
  const kept = await openKeptSinks(parts);
  const secrets = createSinkSecrets({ keychain, readManaged: managed.readSecret });
  const inTurn = createTurns();
  const listeners = new Set<() => void>();
  let cancel = (): void => undefined;
  const cards: DeskSinks['cards'] = () => sinkCards({ used, status: sinks.status, nowMs: clock.now() });
  const tell = (): void => {
    cancel();
    const waitMs = untilOneNeedsLook(cards(), clock.now());
    // Timers run on their own clock: looked at again in between.
    if (waitMs !== null) cancel = timers.after(Math.min(waitMs, MINUTE_MS) + 1, tell);
    for (const listener of listeners) listener();
  };
  const used = createUsedSinks({ sinks, secrets, clock, timers, log, changed: tell, inTurn });
  const stop = sinks.subscribe(() => {
    tell();
    if (newlyRefused(kept, cards).length === 0) return;
    inBackground(log, 'record refused records', async () => await inTurn(async () => await tellRefused(kept, cards)));
  });

  let begun = false;
  inBackground(log, 'open the sinks', async () => {
    await inTurn(async () => await begin({ kept, secrets, used, managed, log }));
    begun = kept.isWhole;
    await inTurn(async () => await tellRefused(kept, cards));
  });
  return {
    cards,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    // In turn: in the midst of a change a sink may be missing.
    deliveredUpTo: async () =>
      await inTurn(async () => (begun ? await sinks.deliveredUpTo() : ({ kind: 'nothing' } as const))),
    ...sinkChanges({ kept, secrets, used, sinks, managed: managed.sinks, inTurn, log }),
    close: async () => {
      stop();
      cancel();
      used.close();
      listeners.clear();
      await inTurn(async () => undefined);
    },
  };
}

type Begun = {
  readonly kept: KeptSinks;
  readonly secrets: SinkSecrets;
  readonly used: UsedSinks;
  readonly managed: ManagedSinksPort;
  readonly log: Log;
};

async function begin({ kept, secrets, used, managed, log }: Begun): Promise<void> {
  try {
    await settleManaged(kept, secrets, managed.sinks);
  } catch (error) {
    log.trouble('record the sinks of the organisation', error);
  }
  const all = sinksToUse(kept, managed.sinks);
  await used.use(all);
  const named = all.map(({ sink }) => referenceOf(sink)).filter((reference) => reference !== null);
  if (kept.isWhole) await secrets.sweep(named);
}

/** Once when it begins: each record goes to that sink too, and may be refused like those before it. */
async function tellRefused(kept: KeptSinks, cards: DeskSinks['cards']): Promise<void> {
  for (const { before, records } of newlyRefused(kept, cards)) {
    const { name } = before.sink;
    const fact = records > 0 ? ({ kind: 'sink.dead_letters', data: { name, records } } as const) : null;
    await kept.put(name, { ...before, told: records > 0 }, fact, 'desktop');
  }
}

/** Those that refuse records for good and did not, or the other way round. */
function newlyRefused(
  kept: KeptSinks,
  cards: DeskSinks['cards'],
): readonly { readonly before: KeptSink; readonly records: number }[] {
  const all = kept.all();
  return cards().flatMap(({ name, deadLetters }) => {
    const before = all.find(({ sink }) => sink.name === name);
    return before === undefined || before.told === deadLetters > 0 ? [] : [{ before, records: deadLetters }];
  });
}
