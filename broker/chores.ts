// What the broker does by itself beside answering calls: deliver to sinks, examine accesses that are over, prune what is
// kept no longer, write to a silent log. Each fails by itself, is told and is tried again.
import type { AccessDeps } from './access/access-deps.ts';
import type { BrokerOptions } from './broker.ts';
import { startHeartbeat } from './ledger/heartbeat.ts';
import { createExaminer } from './oversight/examiner.ts';
import { deliveredBelow } from './retention/prune-records.ts';
import { createRetention, type Retention } from './retention/retention.ts';
import { type LedgerSinks, openLedgerSinks } from './sinks/ledger-sinks.ts';

export type Chores = {
  readonly sinks: LedgerSinks;
  readonly retention: Retention;
  /** Does at once what is due by the clock. */
  readonly runDue: () => Promise<void>;
};

/** Begins all of them; `opened` closes them in reverse order. */
export async function openChores(
  options: BrokerOptions,
  deps: AccessDeps,
  opened: AsyncDisposableStack,
): Promise<Chores> {
  const { loaded, onTrouble } = options;
  const sinks = await openSinks(options, deps, opened);
  const examiner = createExaminer(deps, (error) => onTrouble(error, 'examiner'));
  opened.defer(async () => await examiner.close());
  const retention = retentionOf(deps, options, sinks);
  opened.defer(async () => await retention.close());
  const heartbeat = startHeartbeat({
    store: deps.store,
    ledger: deps.ledger,
    clock: deps.clock,
    everyMs: loaded.config.limits.heartbeat,
    onTrouble: (error) => onTrouble(error, 'heartbeat'),
  });
  opened.defer(async () => await heartbeat.close());
  return {
    sinks,
    retention,
    runDue: async () => {
      await examiner.runDue();
      await retention.runDue();
      await heartbeat.runDue();
    },
  };
}

/** After everything that a stop cut short is on record: no sink waits for it, and it waits for no sink. */
async function openSinks(
  { loaded, secret, onTrouble, sinks }: BrokerOptions,
  deps: AccessDeps,
  opened: AsyncDisposableStack,
): Promise<LedgerSinks> {
  const running = await openLedgerSinks({
    ...deps,
    ...sinks,
    sinks: loaded.config.sinks,
    dataFolder: loaded.dataFolder,
    secret,
    onTrouble: (error) => onTrouble(error, 'sinks'),
  });
  opened.defer(async () => await running.close());
  return running;
}

function retentionOf(
  deps: AccessDeps,
  { loaded, onTrouble }: BrokerOptions,
  sinks: Pick<LedgerSinks, 'deliveredUpTo'>,
): Retention {
  return createRetention({
    ...deps,
    retention: loaded.config.retention,
    deliveredBelow: async () => deliveredBelow(await sinks.deliveredUpTo(), deps.ledger.epoch),
    onTrouble: (error) => onTrouble(error, 'retention'),
  });
}
