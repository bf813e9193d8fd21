// The sinks of the broker of an audit torture: a webhook whose receiver misbehaves, and a file that is put aside often.
// The real ones, with pauses that fit a short life.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '#shared/domain/time.ts';
import type { Ledger } from '#broker/ledger/ledger.ts';
import { type LedgerSinks, openLedgerSinks } from '#broker/sinks/ledger-sinks.ts';
import type { BrokerStore } from '#broker/store.ts';
import { FILE_BYTES, SINK_TIMES, type ToldSinks } from './told.ts';

type Parts = {
  readonly store: BrokerStore;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly onTrouble: (error: unknown) => void;
};

export async function openBrokerSinks(parts: Parts, { url, secret, file }: ToldSinks): Promise<LedgerSinks> {
  return await openLedgerSinks({
    ...parts,
    sinks: [
      { kind: 'webhook', name: 'hook', url, secret: 'file:secret' },
      { kind: 'file', name: 'file', path: file, maxBytes: FILE_BYTES, keep: 100_000 },
    ],
    dataFolder: '/',
    secret: () => Promise.resolve(secret),
    times: SINK_TIMES,
    // Nothing is encrypted here, and reading the system's takes longer than some lives.
    authorities: [],
  });
}

const LOOK_EVERY_MS = 20;
const ADMIN = 'sub_admin';

/** Resolves when both have the whole ledger and what was refused has been taken. Receivers are well, nobody writes. */
export async function settleSinks(sinks: LedgerSinks, { ledger }: Pick<Parts, 'ledger'>): Promise<void> {
  for (;;) {
    for (const { name, deadLetters } of sinks.status()) if (deadLetters > 0) await sinks.resend(name, ADMIN);
    const size = await ledger.settled();
    const upTo = await sinks.deliveredUpTo();
    const haveAll = size === 0 || (upTo.kind === 'up_to' && upTo.cursor.sequence === size - 1);
    if (haveAll && sinks.status().every(({ deadLetters }) => deadLetters === 0)) return;
    await sleep(LOOK_EVERY_MS);
  }
}
