// Metrics in Prometheus text format: counts by state, never by person.
import { Counter, Gauge, Registry, type Metric } from 'prom-client';
import type { AccessDeps } from '#broker/access/access-deps.ts';

export type Metrics = {
  readonly text: () => Promise<string>;
  readonly type: string;
  readonly countDryRun: (outcome: string) => void;
};

/** `more` is shown with them. */
export function createMetrics(deps: () => AccessDeps, rulesBehind: () => boolean, more: readonly Metric[]): Metrics {
  const registry = new Registry();
  for (const metric of more) registry.registerMetric(metric);
  const dryRuns = new Counter({
    name: 'daypass_dry_runs_total',
    help: 'Dry runs by outcome',
    labelNames: ['outcome'],
    registers: [registry],
  });
  registry.registerMetric(byState('daypass_requests', 'Requests by state', () => countStates(deps(), 'requests')));
  registry.registerMetric(
    byState('daypass_grants', 'Grants by state; revoke_failed wants attention', () => countStates(deps(), 'grants')),
  );
  registry.registerMetric(
    single('daypass_live_credentials', 'Credentials that the gateway accepts now', () => deps().live.all().length),
  );
  registry.registerMetric(single('daypass_ledger_records', 'Records in the ledger', () => deps().ledger.settled()));
  registry.registerMetric(
    single('daypass_rules_behind', '1: rules are in force that this replica cannot take over', () =>
      rulesBehind() ? 1 : 0,
    ),
  );
  // Not the library's default metrics: they watch the event loop with a timer that would wake a laptop all day.
  registry.registerMetric(
    single('daypass_resident_memory_bytes', 'Memory of the process', () => process.memoryUsage.rss()),
  );
  return {
    text: async () => await registry.metrics(),
    type: registry.contentType,
    countDryRun: (outcome) => dryRuns.inc({ outcome }),
  };
}

type StateCount = { readonly state: string; readonly n: number };

async function countStates(deps: AccessDeps, table: 'requests' | 'grants'): Promise<readonly StateCount[]> {
  const rows = await deps.store.read
    .selectFrom(table)
    .select((eb) => ['state', eb.fn.countAll<number>().as('n')])
    .groupBy('state')
    .execute();
  return rows.map((row) => ({ state: row.state, n: Number(row.n) }));
}

function byState(name: string, help: string, count: () => Promise<readonly StateCount[]>): Gauge<'state'> {
  return new Gauge({
    name,
    help,
    labelNames: ['state'],
    registers: [],
    async collect() {
      this.reset();
      for (const { state, n } of await count()) this.set({ state }, n);
    },
  });
}

function single(name: string, help: string, value: () => number | Promise<number>): Gauge {
  return new Gauge({
    name,
    help,
    registers: [],
    async collect() {
      this.set(await value());
    },
  });
}
