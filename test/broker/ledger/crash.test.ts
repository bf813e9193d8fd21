import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyExport } from '#shared/audit/verify-export.ts';
import { openTestLedger } from './open-test-ledger.ts';

const WRITER = fileURLToPath(new URL('./crash-writer.ts', import.meta.url));
const ROUNDS = 8;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'daypass-test-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the writer and kills it (SIGKILL) a random while after its first record. Gives what it had acknowledged. */
async function writeUntilKilled(path: string, first: number, writers: number): Promise<number[]> {
  const child = spawn(process.execPath, [WRITER, path, String(first), String(writers)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    if (output === '') setTimeout(() => child.kill('SIGKILL'), Math.random() * 120);
    output += chunk.toString();
  });
  const signal = await new Promise((resolve) => child.on('close', (_code, killedBy) => resolve(killedBy)));
  expect(signal).toBe('SIGKILL');
  // The last line may be cut by the kill.
  return output.split('\n').slice(0, -1).map(Number);
}

describe('a ledger whose process is killed at any moment', () => {
  it('has all that was acknowledged, nothing twice, nothing by halves, and verifies', async () => {
    const path = join(folder, 'broker.db');
    const acknowledged: number[] = [];
    let oldCheckpoint: string | null = null;
    for (let round = 0; round < ROUNDS; round += 1) {
      acknowledged.push(...(await writeUntilKilled(path, round * 1_000_000, round % 2 === 0 ? 1 : 16)));
      const { store, ledger, close } = await openTestLedger(path);
      const size = await ledger.settled();
      const seen = new Map<string, string[]>();
      for (let after = -1; after < size - 1; after += 1000) {
        for (const record of await ledger.records({ afterSequence: after, limit: 1000 })) {
          const useId: string = JSON.parse(record.canonical).unmapped.data.useId;
          seen.set(useId, [...(seen.get(useId) ?? []), record.kind]);
        }
      }
      expect(acknowledged.filter((number) => !seen.has(`use_${number}`))).toEqual([]);
      expect([...seen].filter(([, kinds]) => kinds.join() !== 'use.finished,use.interrupted')).toEqual([]);
      expect((await store.read.selectFrom('ledger_intake').selectAll().execute()).length).toBe(0);
      await ledger.exportTo(join(folder, 'export'));
      const result = await verifyExport({
        folder: join(folder, 'export'),
        keyFingerprint: ledger.keyFingerprint,
        ...(oldCheckpoint !== null && { sinceCheckpoint: oldCheckpoint }),
      });
      expect(result).toMatchObject({ ok: true, value: { records: size, continuesOld: oldCheckpoint !== null } });
      oldCheckpoint = await ledger.checkpoint();
      await close();
    }
    expect(acknowledged.length).toBeGreaterThan(ROUNDS);
  }, 240_000);
});
