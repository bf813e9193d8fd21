// Verifying an export of `--records` (1,000,000) records: by the program, and by docs/verify-export.sh alone.
import { execFileSync } from 'node:child_process';
import { createReadStream, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signCheckpoint } from '#shared/audit/checkpoint.ts';
import { writeExport } from '#shared/audit/export.ts';
import { type LogSigner, logSigner } from '#shared/audit/log-key.ts';
import { appendLeaves, EMPTY_FRONTIER, leafHash, rootOf } from '#shared/audit/merkle.ts';
import { placeRecord, unplacedRecord } from '#shared/audit/record.ts';
import { verifyExport } from '#shared/audit/verify-export.ts';
import { numberedEvent } from '#test/broker/ledger/sample-events.ts';
import { type BenchOptions, type BenchResult, goal, rounded, timeOnce } from './measure.ts';

const SCRIPT = join(import.meta.dirname, '../../docs/verify-export.sh');
const GOAL_RECORDS = 1_000_000;
const PAGE = 1000;

export async function run(options: BenchOptions = {}): Promise<BenchResult> {
  const count = Number(options['records'] ?? GOAL_RECORDS);
  const folder = mkdtempSync(join(options['folder'] ?? tmpdir(), 'daypass-bench-'));
  try {
    const signer = logSigner(new Uint8Array(32).fill(5));
    await writeLog(folder, count, signer);
    const floor = rounded({ readMs: await timeOnce(() => readThrough(join(folder, 'log.jsonl'))) });
    const keyFingerprint = signer.publicKey.fingerprint;
    const programMs = await timeOnce(async () => {
      const result = await verifyExport({ folder, keyFingerprint });
      if (!result.ok || result.value.records !== count) throw new Error(`not verified: ${JSON.stringify(result)}`);
    });
    const scriptMs = await timeOnce(async () => {
      const said = execFileSync('bash', [SCRIPT, folder, keyFingerprint], { encoding: 'utf8' });
      if (!said.startsWith(`verified ${count} records`)) throw new Error(`not verified: ${said}`);
    });
    const figures = rounded({
      records: count,
      megabytes: statSync(join(folder, 'log.jsonl')).size / 1e6,
      programSeconds: programMs / 1000,
      scriptSeconds: scriptMs / 1000,
    });
    // The goal is for a million records; fewer are held to their share of it.
    const atMost = Math.max(1, (10 * count) / GOAL_RECORDS);
    return { name: 'verify', figures, floor, goals: [goal(figures, 'scriptSeconds', { atMost })] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** An export of real records, made without a database: what is measured is its verification. */
async function writeLog(folder: string, count: number, signer: LogSigner): Promise<void> {
  const origin = 'daypass.ledger/bench';
  const source = { origin, epoch: 1, bootId: 'boot_bench' };
  let frontier = EMPTY_FRONTIER;
  async function* pages(): AsyncGenerator<readonly string[]> {
    for (let start = 0; start < count; start += PAGE) {
      const lines = Array.from({ length: Math.min(PAGE, count - start) }, (_, index) => {
        const parts = { uid: `evt_${start + index}`, salt: 'c2FsdHNhbHRzYWx0c2FsdA', sealed: null };
        return placeRecord(unplacedRecord(numberedEvent(start + index), source, parts), start + index);
      });
      frontier = appendLeaves(
        frontier,
        lines.map((line) => leafHash(Buffer.from(line))),
      );
      yield lines;
    }
  }
  // The checkpoint is known only once the log is written, so the files are written in two goes.
  const publicKeyPem = signer.publicKey.pem;
  await writeExport({ folder, records: pages(), checkpoint: '', publicKeyPem });
  const checkpoint = signCheckpoint({ origin, size: count, root: rootOf(frontier) }, signer);
  writeFileSync(join(folder, 'checkpoint'), checkpoint);
}

/** What reading the bytes alone costs. */
async function readThrough(path: string): Promise<number> {
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>)
    bytes += chunk.length;
  return bytes;
}
