// When something happened, read from the logs themselves: both are of this machine's clock.
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { BrokerClient } from '#shared/client/broker-client.ts';
import { expectOk } from '#test/support/broker-world.ts';
import { until } from '#test/desktop/until.ts';

const FIRST_SINCE = 'select min(at_ms) as at from outbox_records where kind = ? and at_ms >= ?';

type RecordText = { readonly metadata: { readonly event_code: string }; readonly time: number };

/** The newest record of this kind in the broker's ledger, as an administrator reads it. Epoch ms. */
export async function ledgerTime(admin: BrokerClient, kind: string): Promise<number> {
  return await until(`${kind} in the ledger`, async () => {
    let newest: number | undefined;
    let after: number | null = -1;
    while (after !== null) {
      const page: { readonly records: readonly { readonly record?: unknown }[]; readonly next: number | null } =
        expectOk(await admin.records({ after, limit: 1000 }));
      // The broker's own records have this shape.
      const records = page.records.map(({ record }) => record as RecordText);
      newest = records.findLast(({ metadata }) => metadata.event_code === kind)?.time ?? newest;
      after = page.next;
    }
    return newest;
  });
}

/** The first record of this kind since then in the desktop's own log, read while it runs. Both epoch ms. */
export async function desktopTime(dataFolder: string, kind: string, sinceMs: number): Promise<number> {
  return await until(`${kind} in the desktop's log`, () => {
    using database = new DatabaseSync(path.join(dataFolder, 'agent.sqlite'), { readOnly: true, timeout: 5000 });
    const row = database.prepare(FIRST_SINCE).get(kind, sinceMs);
    return typeof row?.['at'] === 'number' ? row['at'] : undefined;
  });
}
