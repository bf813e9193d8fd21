// Reads the whole ledger over the API, as an administrator or an auditor's service does, and leaves it as an export.
import path from 'node:path';
import { canonicalJson } from '#shared/audit/canonical.ts';
import { lineOf, type LogLine, writeExport } from '#shared/audit/export.ts';
import { verifyExport, type VerifiedExport } from '#shared/audit/verify-export.ts';
import type { BrokerClient } from '#shared/client/broker-client.ts';
import { expectOk } from '#test/support/broker-world.ts';

const PAGE = 1000;

/** Writes the export into the folder and verifies it there. Throws when it does not verify. */
export async function keepLedger(admin: BrokerClient, folder: string): Promise<VerifiedExport> {
  const checkpoint = expectOk(await admin.checkpoint());
  // The second line of a checkpoint is the number of records that it is about.
  const size = Number(checkpoint.split('\n')[1]);
  await writeExport({
    folder,
    lines: pages(admin, size),
    checkpoint,
    publicKeyPem: expectOk(await admin.ledgerKey()),
  });
  const verified = await verifyExport({ folder });
  if (!verified.ok) throw new Error(`${path.basename(folder)}: ${JSON.stringify(verified.error)}`);
  return verified.value;
}

async function* pages(admin: BrokerClient, size: number): AsyncGenerator<readonly LogLine[]> {
  let after = -1;
  while (after < size - 1) {
    const { records } = expectOk(await admin.records({ after, limit: Math.min(PAGE, size - 1 - after) }));
    if (records.length === 0) throw new Error(`the ledger has no record after ${after}`);
    after = records.at(-1)?.sequence ?? after;
    yield records.map(({ record }) => lineOf(canonicalJson(record)));
  }
}
