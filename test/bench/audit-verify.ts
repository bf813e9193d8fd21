// Verifying an export of `--records` (1,000,000) records: by the program, and by docs/verify-export.sh alone.
import { spawnSync } from 'node:child_process';
import { createReadStream, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signCheckpoint } from '#shared/audit/checkpoint.ts';
import { lineOf, type LogLine, writeExport } from '#shared/audit/export.ts';
import { type LogSigner, logSigner } from '#shared/audit/log-key.ts';
import { appendLeaves, EMPTY_FRONTIER, rootOf } from '#shared/audit/merkle.ts';
import { placeRecord, type UnplacedRecord, unplacedRecord } from '#shared/audit/record.ts';
import { verifyExport } from '#shared/audit/verify-export.ts';
import { numberedEvent } from '#test/broker/ledger/sample-events.ts';
import { type BenchOptions, type BenchResult, goal, rounded, timeOnce } from './measure.ts';

const SCRIPT = join(import.meta.dirname, '../../docs/verify-export.sh');
/** Runs a script and ends with its user and system time on the error stream. */
const TIMED = 'TIMEFORMAT="%3U %3S"; time bash "$0" "$@"';
const GOAL_RECORDS = 1_000_000;
const PAGE = 1000;
/** So many records are made; the log repeats them under other sequence numbers. Verifying costs the same. */
const DIFFERENT = 10_000;

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
    let scriptCpuSeconds = 0;
    const scriptMs = await timeOnce(async () => {
      const { stdout, stderr } = spawnSync('bash', ['-c', TIMED, SCRIPT, folder, keyFingerprint], { encoding: 'utf8' });
      if (!stdout.startsWith(`verified ${count} records`)) throw new Error(`not verified: ${stdout}${stderr}`);
      scriptCpuSeconds = stderr
        .trim()
        .split(' ')
        .slice(-2)
        .map(Number)
        .reduce((sum, seconds) => sum + seconds, 0);
    });
    const figures = rounded({
      records: count,
      megabytes: statSync(join(folder, 'log.jsonl')).size / 1e6,
      programSeconds: programMs / 1000,
      scriptSeconds: scriptMs / 1000,
      scriptCpuSeconds,
    });
    // The goal is for a million records; fewer are held to their share of it.
    const atMost = Math.max(1, (10 * count) / GOAL_RECORDS);
    return { name: 'audit-verify', figures, floor, goals: [goal(figures, 'scriptSeconds', { atMost })] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** An export of real records, made without a database: what is measured is its verification. */
async function writeLog(folder: string, count: number, signer: LogSigner): Promise<void> {
  const origin = 'daypass.ledger/bench';
  const source = { origin, epoch: 1, bootId: 'boot_bench' };
  let frontier = EMPTY_FRONTIER;
  const made: UnplacedRecord[] = [];
  async function* pages(): AsyncGenerator<readonly LogLine[]> {
    for (let start = 0; start < count; start += PAGE) {
      const lines = Array.from({ length: Math.min(PAGE, count - start) }, (_, index) => {
        const number = (start + index) % DIFFERENT;
        const parts = { uid: `evt_${number}`, salt: 'c2FsdHNhbHRzYWx0c2FsdA', sealed: null };
        return lineOf(
          placeRecord((made[number] ??= unplacedRecord(numberedEvent(number), source, parts)), start + index),
        );
      });
      frontier = appendLeaves(
        frontier,
        lines.map(({ leaf }) => Buffer.from(leaf)),
      );
      yield lines;
    }
  }
  // The checkpoint is known only once the log is written, so the files are written in two goes.
  const publicKeyPem = signer.publicKey.pem;
  await writeExport({ folder, lines: pages(), checkpoint: '', publicKeyPem });
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
