// Metrics of the ledger's sinks: how much each lacks, since when, what it refused, whether somebody must look.
import { Gauge, type Metric } from 'prom-client';
import type { SinkStatus } from '#shared/contracts/sinks.ts';
import type { Clock } from '#shared/domain/time.ts';
import type { LedgerSinks } from '#broker/sinks/ledger-sinks.ts';

export function sinkMetrics(sinks: Pick<LedgerSinks, 'status'>, clock: Clock): readonly Metric[] {
  const perSink = (name: string, help: string, value: (status: SinkStatus) => number): Metric =>
    new Gauge({
      name,
      help,
      labelNames: ['sink'],
      registers: [],
      collect() {
        this.reset();
        for (const status of sinks.status()) this.set({ sink: status.name }, value(status));
      },
    });
  return [
    perSink('daypass_sink_lag_records', 'Records of the ledger that the sink does not have', ({ state }) =>
      state.kind === 'synced' ? 0 : state.records,
    ),
    perSink('daypass_sink_lag_seconds', 'Age of the oldest record that the sink does not have', ({ oldestAtMs }) =>
      oldestAtMs === null ? 0 : Math.max(0, (clock.now() - oldestAtMs) / 1000),
    ),
    perSink('daypass_sink_dead_letters', 'Records that the sink refused for good', ({ deadLetters }) => deadLetters),
    perSink('daypass_sink_stuck', '1: the sink does not go on; 2: and it needs a person', ({ state }) =>
      state.kind === 'stuck' ? (state.needsPerson ? 2 : 1) : 0,
    ),
  ];
}
