// Metrics in Prometheus text format: counts by state, never by person.
import { Counter, Gauge, Registry, type Metric } from 'prom-client';
import type { DurationMs } from '#shared/domain/time.ts';
import type { AccessDeps } from '#broker/access/access-deps.ts';
import { countForks, countReopened, countSilentWithAccess } from '#broker/desktops/count-logs.ts';

export type Metrics = {
  readonly text: () => Promise<string>;
  readonly type: string;
  readonly countDryRun: (outcome: string) => void;
};

export type MetricsParts = {
  readonly deps: () => AccessDeps;
  readonly rulesBehind: () => boolean;
  /** A desktop that was not heard for so long is silent. */
  readonly silentAfterMs: DurationMs;
  /** Shown with them. */
  readonly more: readonly Metric[];
};

export function createMetrics({ deps, rulesBehind, silentAfterMs, more }: MetricsParts): Metrics {
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
  registry.registerMetric(
    single('daypass_desktops_silent_with_access', 'Desktops that hold access and are not heard any more', () =>
      countSilentWithAccess(deps().store.read, deps().clock.now(), silentAfterMs),
    ),
  );
  registry.registerMetric(
    single('daypass_desktop_forks', 'Logs that contradict each other, signed by one desktop, kept as evidence', () =>
      countForks(deps().store.read),
    ),
  );
  registry.registerMetric(
    byLabel('reason', 'daypass_desktop_logs_reopened', 'Parts of desktops’ logs that follow another, by reason', () =>
      countReopened(deps().store.read),
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

type Count = { readonly value: string; readonly n: number };

async function countStates(deps: AccessDeps, table: 'requests' | 'grants'): Promise<readonly Count[]> {
  const rows = await deps.store.read
    .selectFrom(table)
    .select((eb) => ['state', eb.fn.countAll<number>().as('n')])
    .groupBy('state')
    .execute();
  return rows.map((row) => ({ value: row.state, n: Number(row.n) }));
}

function byState(name: string, help: string, count: () => Promise<readonly Count[]>): Gauge<'state'> {
  return byLabel('state', name, help, count);
}

function byLabel<L extends string>(
  label: L,
  name: string,
  help: string,
  count: () => Promise<readonly Count[]>,
): Gauge<L> {
  return new Gauge({
    name,
    help,
    labelNames: [label],
    registers: [],
    async collect() {
      this.reset();
      for (const { value, n } of await count()) this.labels(value).set(n);
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
