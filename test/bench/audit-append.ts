// Durable appends through the whole pipeline: committed, sequenced, in the tree and under a signed checkpoint.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openTestLedger, type TestLedger } from '#test/broker/ledger/open-test-ledger.ts';
import { numberedEvent } from '#test/broker/ledger/sample-events.ts';
import { type BenchOptions, type BenchResult, goal, median, p99, rounded, timeEach, timeOnce } from './measure.ts';

const WRITERS = 64;

export async function run(options: BenchOptions = {}): Promise<BenchResult> {
  const single = Number(options['single'] ?? 2000);
  const many = Number(options['many'] ?? 60_000);
  const folder = mkdtempSync(join(options['folder'] ?? tmpdir(), 'daypass-bench-'));
  try {
    const floor = bareInserts(join(folder, 'bare.db'), single);
    const opened = await openTestLedger(join(folder, 'ledger.db'));
    try {
      await oneWriter(opened, 500);
      const alone = await oneWriter(opened, single);
      const together = await manyWriters(opened, many);
      const figures = rounded({
        'writer1.perSecond': (1000 * single) / alone.reduce((sum, ms) => sum + ms, 0),
        'writer1.p50Ms': median(alone),
        'writer1.p99Ms': p99(alone),
        'writers64.perSecond': (1000 * many) / together.totalMs,
        'writers64.p50Ms': median(together.samples),
        'writers64.p99Ms': p99(together.samples),
      });
      const goals = [
        goal(figures, 'writers64.perSecond', { atLeast: 15_000 }),
        goal(figures, 'writer1.p99Ms', { atMost: 10 }),
      ];
      return { name: 'audit-append', figures, floor, goals };
    } finally {
      await opened.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function append({ store, ledger }: TestLedger, number: number): Promise<void> {
  return store.transaction((tx) => ledger.append(tx, numberedEvent(number)));
}

/** From the call until the record is durable and under a checkpoint. */
function oneWriter(opened: TestLedger, count: number): Promise<number[]> {
  return timeEach(count, async (number) => {
    await append(opened, number);
    await opened.ledger.settled();
  });
}

async function manyWriters(opened: TestLedger, count: number): Promise<{ samples: number[]; totalMs: number }> {
  const each = Math.ceil(count / WRITERS);
  const samples: number[] = [];
  const totalMs = await timeOnce(async () => {
    const writers = Array.from({ length: WRITERS }, () => timeEach(each, (number) => append(opened, number)));
    samples.push(...(await Promise.all(writers)).flat());
    await opened.ledger.settled();
  });
  return { samples, totalMs };
}

/** One insert of a record's size, one fsync: what the disk and SQLite alone cost. */
function bareInserts(path: string, count: number): Record<string, number> {
  const db = new DatabaseSync(path);
  db.exec('pragma journal_mode = wal; pragma synchronous = full; create table bare (body text)');
  const insert = db.prepare('insert into bare values (?)');
  const body = 'x'.repeat(900);
  const samples = Array.from({ length: count }, () => {
    const startedMs = performance.now();
    insert.run(body);
    return performance.now() - startedMs;
  });
  db.close();
  const perSecond = (1000 * count) / samples.reduce((sum, ms) => sum + ms, 0);
  return rounded({ 'bare.perSecond': perSecond, 'bare.p50Ms': median(samples), 'bare.p99Ms': p99(samples) });
}
