// The sinks of the ledger: opened from the configuration, on record, and tried on behalf of administrators.
import type { SinkStatus } from '#shared/contracts/sinks.ts';
import type { LedgerEvent } from '#shared/domain/audit-event.ts';
import type { SubjectId } from '#shared/domain/identity.ts';
import type { Result } from '#shared/domain/result.ts';
import type { Clock } from '#shared/domain/time.ts';
import { openSinks } from '#shared/sinks/open-sinks.ts';
import type { DeliveredUpTo, SinkProblem } from '#shared/sinks/sinks.ts';
import type { SinksOptions } from '#shared/sinks/sinks-options.ts';
import type { Ledger } from '#broker/ledger/ledger.ts';
import type { BrokerStore, Tx } from '#broker/store.ts';
import { VERSION } from '#broker/version.ts';
import { ledgerSource } from './ledger-source.ts';
import { readSinks, type SinkFiles } from './read-sinks.ts';
import { recordConfigured, recordDeadLetters, sinkEvent } from './record-sinks.ts';
import { LEDGER_SINKS } from './tables.ts';

export type LedgerSinks = {
  readonly status: () => readonly SinkStatus[];
  /** Sends a test and puts on record who did. */
  readonly test: (name: string, actor: SubjectId) => Promise<Result<null, SinkProblem | 'no_such_sink'>>;
  readonly resend: (name: string, actor: SubjectId) => Promise<Result<number, SinkProblem | 'no_such_sink'>>;
  /** What may be pruned from the ledger without a sink missing it. */
  readonly deliveredUpTo: () => Promise<DeliveredUpTo>;
  /** Reads the secrets again; a sink with another one goes on with it at its cursor. */
  readonly reread: () => Promise<void>;
  readonly close: () => Promise<void>;
};

export type LedgerSinksOptions = SinkFiles &
  Pick<SinksOptions<Tx>, 'times' | 'authorities'> & {
    readonly store: BrokerStore;
    readonly ledger: Ledger;
    readonly clock: Clock;
  };

export async function openLedgerSinks(options: LedgerSinksOptions): Promise<LedgerSinks> {
  const { store, ledger, clock, onTrouble, times, authorities } = options;
  const first = await readSinks(options);
  await recordConfigured({ store, ledger }, first, clock.now());
  const sinks = await openSinks<Tx>({
    store,
    tables: LEDGER_SINKS,
    source: ledgerSource(ledger),
    sinks: first,
    clock,
    service: { name: 'daypass-broker', version: VERSION },
    onDeadLettered: async (tx, dead) => await recordDeadLetters(tx, ledger, dead, clock.now()),
    onTrouble,
    ...(times !== undefined && { times }),
    ...(authorities !== undefined && { authorities }),
  });
  const record = async (event: LedgerEvent): Promise<void> =>
    await store.transaction(async (tx) => await ledger.append(tx, event));
  return {
    status: sinks.status,
    async test(name, actor) {
      const tested = await sinks.test(name);
      if (!tested.ok && tested.error === 'no_such_sink') return tested;
      const data = { name, code: tested.ok ? null : tested.error };
      const outcome = tested.ok ? 'success' : 'failure';
      await record(sinkEvent({ kind: 'sink.test_sent', atMs: clock.now(), actor, outcome, data }));
      return tested;
    },
    async resend(name, actor) {
      const resent = await sinks.resend(name);
      if (!resent.ok && resent.error === 'no_such_sink') return resent;
      const data = { name, records: resent.ok ? resent.value : 0 };
      const outcome = resent.ok ? 'success' : 'failure';
      await record(sinkEvent({ kind: 'sink.dead_letters_resent', atMs: clock.now(), actor, outcome, data }));
      return resent;
    },
    deliveredUpTo: sinks.deliveredUpTo,
    reread: async () => {
      await sinks.use(await readSinks(options));
      sinks.hurry();
    },
    close: sinks.close,
  };
}
