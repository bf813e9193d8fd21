// Reads the figures of the story from the two exported logs: both were written by one machine's clock.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

const recordSchema = z.object({
  time: z.number(),
  metadata: z.object({ event_code: z.string() }),
  unmapped: z.object({ request_id: z.string().nullable(), data: z.record(z.string(), z.unknown()).default({}) }),
});
type LogLine = z.infer<typeof recordSchema>;

export type Figures = {
  /** From the request at the broker to its token in the keychain, the fastest of the story: the others wait for people. */
  readonly requestToKeychainMs: number;
  /** From the deadline of the grant that ran out to the check that its token is gone. */
  readonly wipeLagMs: number;
  readonly ledgerRecords: number;
  readonly desktopRecords: number;
};

export async function readFigures(folder: string): Promise<Figures> {
  const ledger = await readLog(path.join(folder, 'ledger'));
  const desktop = await readLog(path.join(folder, 'desktop'));
  const asked = new Map(of(ledger, 'request.submitted').map((line) => [line.unmapped.request_id, line.time]));
  const waits = of(desktop, 'copy.stored').flatMap(({ time, unmapped }) => {
    const askedAtMs = asked.get(unmapped.request_id);
    return askedAtMs === undefined ? [] : [time - askedAtMs];
  });
  const lags = of(desktop, 'wipe.done')
    .filter(({ unmapped }) => unmapped.data['reason'] === 'expired')
    .map(({ unmapped }) => Number(unmapped.data['lagMs']));
  if (waits.length === 0 || lags.length === 0) throw new Error('the logs tell of no check-out, or of no expiry');
  return {
    requestToKeychainMs: Math.min(...waits),
    wipeLagMs: Math.max(...lags),
    ledgerRecords: ledger.length,
    desktopRecords: desktop.length,
  };
}

function of(log: readonly LogLine[], kind: string): readonly LogLine[] {
  return log.filter(({ metadata }) => metadata.event_code === kind);
}

async function readLog(folder: string): Promise<readonly LogLine[]> {
  const text = await readFile(path.join(folder, 'log.jsonl'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => recordSchema.parse(JSON.parse(line)));
}
