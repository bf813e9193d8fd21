import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signCheckpoint } from '#shared/audit/checkpoint.ts';
import { type LogSigner, logSigner } from '#shared/audit/log-key.ts';
import { appendLeaves, EMPTY_FRONTIER, leafHash, rootOf } from '#shared/audit/merkle.ts';
import { verifyExport } from '#shared/audit/verify-export.ts';
import { openTestLedger, SEED } from './open-test-ledger.ts';
import { ALL_SAMPLES, numberedEvent } from './sample-events.ts';

/** Records of the export: one of each kind, and some more. */
const SIZE = ALL_SAMPLES.length + 20;
/** A use that was recorded after the old checkpoint. */
const LATER = ALL_SAMPLES.length + 10;

const SCRIPT = join(import.meta.dirname, '../../../docs/verify-export.sh');
const runs = (tool: string, flag: string): boolean => spawnSync(tool, [flag]).status === 0;
const missingTool = [
  ['openssl', 'version'],
  ['python3', '--version'],
  ['bash', '--version'],
].find(([tool = '', flag = '']) => !runs(tool, flag))?.[0];
const scriptName =
  missingTool === undefined ? 'docs/verify-export.sh' : `docs/verify-export.sh (skipped: no ${missingTool})`;

const OTHER_SEED = new Uint8Array(32).fill(3);
const ORIGIN = 'daypass.ledger/sample';
const signer = logSigner(SEED);
const fingerprint = signer.publicKey.fingerprint;

let root: string;
let good: string;
let oldCheckpoint: string;
let oldCheckpointFile: string;

/** A real ledger's export of the samples and `extra` more records; gives the checkpoint after the samples. */
async function makeExport(folder: string, seed: Uint8Array, extra: number, firstNumber = 0): Promise<string> {
  const { store, ledger, close } = await openTestLedger(':memory:', { ledgerSeed: seed, origin: ORIGIN });
  for (const event of ALL_SAMPLES) await store.transaction((tx) => ledger.append(tx, event));
  await ledger.settled();
  const early = (await ledger.checkpoint()) ?? '';
  for (let number = 0; number < extra; number += 1) {
    await store.transaction((tx) => ledger.append(tx, numberedEvent(firstNumber + number)));
  }
  await ledger.settled();
  await ledger.exportTo(folder);
  await close();
  return early;
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'daypass-test-'));
  good = join(root, 'good');
  oldCheckpoint = await makeExport(good, SEED, 20);
  oldCheckpointFile = join(root, 'old-checkpoint');
  writeFileSync(oldCheckpointFile, oldCheckpoint);
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

let copies = 0;

/** A copy of the good export that a test may damage. */
function copy(): string {
  copies += 1;
  const folder = join(root, `copy-${copies}`);
  cpSync(good, folder, { recursive: true });
  return folder;
}

const log = (folder: string): string[] => readFileSync(join(folder, 'log.jsonl'), 'utf8').trimEnd().split('\n');
const writeLog = (folder: string, lines: readonly string[]): void =>
  writeFileSync(join(folder, 'log.jsonl'), lines.map((line) => `${line}\n`).join(''));

/** Signs whatever the log's lines are now: what somebody with the key could do. */
function resign(folder: string, lines: readonly string[], by: LogSigner = signer, origin = ORIGIN): void {
  const frontier = appendLeaves(
    EMPTY_FRONTIER,
    lines.map((line) => leafHash(Buffer.from(line))),
  );
  writeLog(folder, lines);
  writeFileSync(join(folder, 'log.pem'), by.publicKey.pem);
  writeFileSync(join(folder, 'checkpoint'), signCheckpoint({ origin, size: lines.length, root: rootOf(frontier) }, by));
}

const editCheckpoint = (folder: string, edit: (note: string) => string): void => {
  const file = join(folder, 'checkpoint');
  const before = readFileSync(file, 'utf8');
  const after = edit(before);
  if (after === before) throw new Error('the edit changed nothing');
  writeFileSync(file, after);
};

const editLog =
  (edit: (lines: string[]) => string[]) =>
  (folder: string): void =>
    writeLog(folder, edit(log(folder)));
const editRecord =
  (index: number, edit: (line: string) => string, sign = false) =>
  (folder: string): void => {
    const before = log(folder);
    const after = before.map((line, at) => (at === index ? edit(line) : line));
    if (after.join() === before.join()) throw new Error('the edit changed nothing');
    if (sign) resign(folder, after);
    else writeLog(folder, after);
  };

function flipBit(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(file, bytes);
}

type Damage = readonly [name: string, damage: (folder: string) => unknown, code: string];

const DAMAGES: readonly Damage[] = [
  [
    'a flipped bit in the middle of a record',
    (f) => flipBit(join(f, 'log.jsonl'), Math.floor(readFileSync(join(f, 'log.jsonl')).length / 2)),
    'any',
  ],
  ['a changed word in the first record', editRecord(0, (line) => line.replace('embedded', 'embodied')), 'root_differs'],
  [
    'a changed word after the old checkpoint',
    editRecord(LATER, (line) => line.replace('use_', 'usf_')),
    'root_differs',
  ],
  ['a removed record', editLog((lines) => lines.toSpliced(10, 1)), 'bad_record'],
  ['an inserted record', editLog((lines) => lines.toSpliced(10, 0, lines[30] ?? '')), 'bad_record'],
  ['a doubled record', editLog((lines) => lines.toSpliced(10, 0, lines[10] ?? '')), 'bad_record'],
  ['swapped records', editLog((lines) => lines.toSpliced(10, 2, lines[11] ?? '', lines[10] ?? '')), 'bad_record'],
  ['a cut tail', editLog((lines) => lines.slice(0, -1)), 'records_missing'],
  ['an empty log', editLog(() => []), 'records_missing'],
  [
    'a last line that is cut',
    (f) => writeFileSync(join(f, 'log.jsonl'), readFileSync(join(f, 'log.jsonl')).subarray(0, -1)),
    'bad_record',
  ],
  [
    'a lengthened tail',
    editLog((lines) => [...lines, (lines.at(-1) ?? '').replace(`"sequence":${SIZE - 1}`, `"sequence":${SIZE}`)]),
    'records_beyond_checkpoint',
  ],
  [
    'a blank line at the end',
    (f) => writeFileSync(join(f, 'log.jsonl'), `${readFileSync(join(f, 'log.jsonl'), 'utf8')}\n`),
    'records_beyond_checkpoint',
  ],
  [
    'a checkpoint with another size',
    (f) => editCheckpoint(f, (note) => note.replace(`\n${SIZE}\n`, `\n${SIZE - 1}\n`)),
    'bad_checkpoint',
  ],
  [
    'a checkpoint with another root',
    (f) =>
      editCheckpoint(f, (note) =>
        note.replace(/\n([A-Za-z0-9+/]{43}=)\n\n/, `\n${Buffer.alloc(32).toString('base64')}\n\n`),
      ),
    'bad_checkpoint',
  ],
  [
    'a checkpoint with another origin',
    (f) => editCheckpoint(f, (note) => note.replace('daypass', 'nightpass')),
    'bad_checkpoint',
  ],
  [
    'a checkpoint with a flipped signature',
    (f) => flipBit(join(f, 'checkpoint'), readFileSync(join(f, 'checkpoint')).length - 10),
    'bad_checkpoint',
  ],
  [
    'the old checkpoint in place of the new',
    (f) => writeFileSync(join(f, 'checkpoint'), oldCheckpoint),
    'records_beyond_checkpoint',
  ],
  ["another key's file", (f) => writeFileSync(join(f, 'log.pem'), logSigner(OTHER_SEED).publicKey.pem), 'another_key'],
  ['the log rewritten under a new key', (f) => makeExport(f, OTHER_SEED, 30, 500), 'another_key'],
  ['the same log signed by a new key', (f) => resign(f, log(f), logSigner(OTHER_SEED)), 'another_key'],
  ['the log rewritten under the same key', (f) => makeExport(f, SEED, 30, 500), 'history_rewritten'],
  [
    'one old record rewritten under the same key',
    editRecord(3, (line) => line.replace('"problems":2', '"problems":0'), true),
    'history_rewritten',
  ],
  ['a shorter log under the same key', (f) => resign(f, log(f).slice(0, 20)), 'shorter_than_before'],
  [
    'the same log under another origin',
    (f) => resign(f, log(f), signer, 'daypass.ledger/other'),
    'another_origin_than_before',
  ],
  [
    'a wrong sequence number, signed',
    editRecord(LATER, (line) => line.replace(`"sequence":${LATER}`, `"sequence":${LATER + 1}`), true),
    'bad_record',
  ],
  [
    'a wrong log name, signed',
    editRecord(LATER, (line) => line.replace(`"log_name":"${ORIGIN}"`, '"log_name":"x"'), true),
    'bad_record',
  ],
  [
    'a wrong origin, signed',
    editRecord(LATER, (line) => line.replace(`"origin":"${ORIGIN}"`, '"origin":"x"'), true),
    'bad_record',
  ],
  ['another epoch, signed', editRecord(LATER, (line) => line.replace('"epoch":1', '"epoch":2'), true), 'bad_record'],
  ['a line that is no record, signed', editRecord(LATER, () => '{}', true), 'bad_record'],
  [
    'a pruned record with another leaf',
    editRecord(LATER, () => `{"leaf":"${Buffer.alloc(32).toString('base64')}"}`),
    'root_differs',
  ],
  [
    'a pruned record with more than a leaf',
    editRecord(LATER, (line) => `{"leaf":"${leafHash(Buffer.from(line)).toString('base64')}","x":1}`),
    'bad_record',
  ],
  [
    'a record over 8 KiB, signed',
    editRecord(LATER, (line) => line.replace(`"use_${LATER - ALL_SAMPLES.length}"`, `"${'x'.repeat(9000)}"`), true),
    'bad_record',
  ],
];

const both = (folder: string) => verifyExport({ folder, keyFingerprint: fingerprint, sinceCheckpoint: oldCheckpoint });
const byScript = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync('bash', [SCRIPT, ...args], { encoding: 'utf8' });
  return { status, stdout: stdout.trim(), stderr: stderr.trim() };
};

describe('rewritten-rekeyed-appended-truncated-export-is-refused', () => {
  describe('by the program', () => {
    it('but the untouched export is verified, and continues the old checkpoint', async () => {
      const value = { verdict: 'verified', records: SIZE, pruned: 0, continuesOld: true };
      expect(await both(copy())).toMatchObject({ ok: true, value });
    });

    it('and one with pruned records is, too', async () => {
      const folder = copy();
      editRecord(3, (line) => `{"leaf":"${leafHash(Buffer.from(line)).toString('base64')}"}`)(folder);
      expect(await both(folder)).toMatchObject({ ok: true, value: { verdict: 'verified', pruned: 1 } });
    });

    it('and without a fingerprint from outside it is only consistent in itself', async () => {
      expect(await verifyExport({ folder: copy() })).toMatchObject({
        ok: true,
        value: { verdict: 'internally_consistent' },
      });
    });

    it.each(DAMAGES)('%s', async (_name, damage, code) => {
      const folder = copy();
      await damage(folder);
      const result = await both(folder);
      expect(result.ok).toBe(false);
      if (!result.ok && code !== 'any') expect(result.error.code).toBe(code);
    });

    it('names the first bad record', async () => {
      const folder = copy();
      editLog((lines) => lines.toSpliced(10, 1))(folder);
      expect(await both(folder)).toEqual({
        ok: false,
        error: { code: 'bad_record', record: 10, reason: 'wrong_sequence' },
      });
    });

    it.each(['log.jsonl', 'checkpoint', 'log.pem'])('an export without %s', async (file) => {
      const folder = copy();
      rmSync(join(folder, file));
      expect(await both(folder)).toEqual({ ok: false, error: { code: 'unreadable_file', file } });
    });

    it('an old checkpoint that is not of this key', async () => {
      const foreign = signCheckpoint({ origin: ORIGIN, size: 1, root: Buffer.alloc(32) }, logSigner(OTHER_SEED));
      const result = await verifyExport({ folder: copy(), keyFingerprint: fingerprint, sinceCheckpoint: foreign });
      expect(result).toMatchObject({ ok: false, error: { code: 'bad_checkpoint', which: 'old' } });
    });

    it('a flipped bit anywhere', async () => {
      const length = readFileSync(join(good, 'log.jsonl')).length;
      for (let at = 0; at < length; at += 997) {
        const folder = copy();
        flipBit(join(folder, 'log.jsonl'), at);
        expect((await both(folder)).ok, `bit in byte ${at}`).toBe(false);
        rmSync(folder, { recursive: true });
      }
    });
  });

  describe.skipIf(missingTool !== undefined)(`by ${scriptName}`, () => {
    it('but the untouched export is verified, with and without pruned records', () => {
      const folder = copy();
      expect(byScript(folder, fingerprint, oldCheckpointFile)).toMatchObject({
        status: 0,
        stdout: `verified ${SIZE} records of ${ORIGIN}`,
      });
      editRecord(3, (line) => `{"leaf":"${leafHash(Buffer.from(line)).toString('base64')}"}`)(folder);
      expect(byScript(folder, fingerprint)).toMatchObject({
        status: 0,
        stdout: `verified ${SIZE} records of ${ORIGIN} (1 pruned)`,
      });
    });

    it('and without a fingerprint from outside it is only consistent in itself', () => {
      expect(byScript(copy()).stdout).toMatch(/^internally consistent only/);
    });

    it.each(DAMAGES)('%s', async (_name, damage) => {
      const folder = copy();
      await damage(folder);
      const { status, stderr, stdout } = byScript(folder, fingerprint, oldCheckpointFile);
      expect(stdout).toBe('');
      expect(stderr).toMatch(/^refused: /);
      expect(status).toBe(1);
    });

    it('a large log with records swapped far from its start, checked in parts', () => {
      const folder = copy();
      const [line = ''] = log(folder).slice(-1);
      const lines = Array.from({ length: 24_000 }, (_, at) =>
        line.replace(`"sequence":${SIZE - 1}`, `"sequence":${at}`),
      );
      resign(folder, lines);
      expect(byScript(folder, fingerprint)).toMatchObject({ status: 0, stdout: `verified 24000 records of ${ORIGIN}` });
      writeLog(folder, lines.toSpliced(20_000, 2, lines[20_001] ?? '', lines[20_000] ?? ''));
      expect(byScript(folder, fingerprint)).toMatchObject({
        status: 1,
        stderr: 'refused: record 20000: wrong sequence number',
      });
      writeLog(folder, lines.with(23_000, (lines[23_000] ?? '').replace('use_19', 'use_91')));
      expect(byScript(folder, fingerprint).stderr).toBe(
        'refused: the root differs: something was changed since it was signed',
      );
      writeLog(folder, lines.with(12_000, 'x'.repeat(8 << 20)));
      expect(byScript(folder, fingerprint).stderr).toMatch(/longer than a record may be/);
    });

    it('cannot check with a wrong call, and says so with another status', () => {
      expect(byScript().status).toBe(2);
      expect(byScript(good, fingerprint, join(root, 'nowhere')).status).toBe(2);
    });
  });
});
