// Metrics in Prometheus text format: counts by state, never by person.
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { AccessDeps } from '#broker/access/access-deps.ts';

export type Metrics = {
  readonly text: () => Promise<string>;
  readonly type: string;
  readonly countDryRun: (outcome: string) => void;
};

export function createMetrics(deps: () => AccessDeps): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'daypass_' });
  const dryRuns = new Counter({ name: 'daypass_dry_runs_total', help: 'Dry runs by outcome', labelNames: ['outcome'], registers: [registry] });
  new Gauge({
    name: 'daypass_requests',
    help: 'Requests by state',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      this.reset();
      const rows = await deps().store.read.selectFrom('requests').select((eb) => ['state', eb.fn.countAll<number>().as('n')]).groupBy('state').execute();
      for (const row of rows) this.set({ state: row.state }, Number(row.n));
    },
  });
  new Gauge({
    name: 'daypass_grants',
    help: 'Grants by state; revoke_failed wants attention',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      this.reset();
      const rows = await deps().store.read.selectFrom('grants').select((eb) => ['state', eb.fn.countAll<number>().as('n')]).groupBy('state').execute();
      for (const row of rows) this.set({ state: row.state }, Number(row.n));
    },
  });
  new Gauge({
    name: 'daypass_live_credentials',
    help: 'Credentials that the gateway accepts now',
    registers: [registry],
    collect() {
      this.set(deps().live.all().length);
    },
  });
  new Gauge({
    name: 'daypass_ledger_records',
    help: 'Records in the ledger',
    registers: [registry],
    async collect() {
      this.set(await deps().ledger.settled());
    },
  });
  return {
    text: async () => await registry.metrics(),
    type: registry.contentType,
    countDryRun: (outcome) => dryRuns.inc({ outcome }),
  };
}
