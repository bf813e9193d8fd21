// Ledger records of the broker's own life.
import type { AuditData } from '#shared/domain/audit-event.ts';
import type { Clock } from '#shared/domain/time.ts';
import { brokerEvent } from './ledger/broker-event.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { BrokerStore } from './store.ts';

type Life = 'broker.started' | 'broker.stopped';
type Deps = { readonly store: BrokerStore; readonly ledger: Ledger; readonly clock: Clock };

export async function recordLife<K extends Life>(
  { store, ledger, clock }: Deps,
  kind: K,
  data: AuditData[K],
): Promise<void> {
  const event = brokerEvent(kind, clock.now(), data);
  await store.transaction(async (tx) => {
    // The compiler cannot see that an event of a generic K is one of them all.
    await ledger.append(tx, event as Parameters<Ledger['append']>[1]);
  });
}
