// Every kind of tampering with an export that we could think of is found and named: which record, and what became of it.
import { execFile, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diagnoseExport } from '#shared/audit/diagnose-export.ts';
import { leafHash } from '#shared/audit/merkle.ts';
import { sliceExport } from '#shared/audit/slice-export.ts';
import { verifyExport } from '#shared/audit/verify-export.ts';
import { refusal } from '../../../build/audit/words.ts';
import {
  checkpointOf,
  everyMinute,
  exportLines,
  MINUTE,
  OWNER,
  pruned,
  prunedRecord,
  readLog,
  recordsAt,
  START_MS,
  STRANGER,
  writeLog,
} from './small-log.ts';

const SIZE = 40;
/** The checkpoint that somebody outside kept is of so many records. */
const KEPT = 25;
/** What the ranged export claims: records 12 to 19. */
const RANGE = { fromMs: START_MS + 12 * MINUTE - 1, untilMs: START_MS + 20 * MINUTE };
const LINES = recordsAt(everyMinute(SIZE));
const keptCheckpoint = checkpointOf(LINES.slice(0, KEPT));

let root: string;
let copies = 0;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'daypass-test-'));
  await exportLines(join(root, 'whole'), LINES);
  // The same log once every third of its first 36 bodies was pruned, as it says itself.
  await exportLines(join(root, 'told'), [...LINES, prunedRecord(SIZE, 12, 35)]);
  writeFileSync(join(root, 'kept'), keptCheckpoint);
  const sliced = await sliceExport({
    from: join(root, 'whole'),
    folder: join(root, 'range'),
    range: RANGE,
    splits: [KEPT],
  });
  expect(sliced.ok).toBe(true);
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A copy of an export that a test may damage. */
function copyOf(name: 'whole' | 'range' | 'told'): string {
  copies += 1;
  const folder = join(root, `copy-${copies}`);
  cpSync(join(root, name), folder, { recursive: true });
  return folder;
}

const verify = (folder: string, sinceCheckpoint = keptCheckpoint) =>
  verifyExport({ folder, keyFingerprint: OWNER.publicKey.fingerprint, sinceCheckpoint });

/** The words of the refusal; fails when there was none. */
async function refused(folder: string): Promise<string> {
  const result = await verify(folder);
  if (result.ok) throw new Error('it was verified');
  return refusal(result.error, await diagnoseExport(folder, result.error));
}

const edit =
  (change: (lines: string[]) => readonly string[]) =>
  (folder: string): void =>
    writeLog(folder, change(readLog(folder)));
const line = (lines: readonly string[], at: number): string => lines[at] ?? '';
const editFile =
  (file: string, change: (text: string) => string) =>
  (folder: string): void => {
    const before = readFileSync(join(folder, file), 'utf8');
    const after = change(before);
    if (after === before) throw new Error('the edit changed nothing');
    writeFileSync(join(folder, file), after);
  };
const withPruned = (lines: readonly string[]): readonly string[] =>
  lines.map((text, at) => (at < 36 && at % 3 === 0 ? pruned(text) : text));
const useId = (number: number, to: string) => (text: string) => text.replace(`use_${number}"`, `${to}"`);
const flipped = (text: string): string => text.replace(/(?<=— \S+ \S{20})./u, (char) => (char === 'A' ? 'B' : 'A'));
const zeroRoot = Buffer.alloc(32).toString('base64');

type Tampering = readonly [name: string, tamper: (folder: string) => unknown, says: RegExp | string];

const RECORDS: readonly Tampering[] = [
  ['a flipped bit', edit((lines) => lines.with(7, line(lines, 7).replace('use_7"', 'use_6"'))), 'record 7 was changed'],
  [
    'a changed record after the kept checkpoint',
    edit((lines) => lines.with(30, useId(30, 'use_x')(line(lines, 30)))),
    'record 30 was changed',
  ],
  ['two changed records', edit((lines) => lines.with(9, '{}').with(8, '{}')), 'record 8 was changed'],
  [
    'a record with another number',
    edit((lines) => lines.with(9, line(lines, 9).replace('"sequence":9', '"sequence":8'))),
    'record 9 was changed',
  ],
  [
    'a record of another log',
    edit((lines) => lines.with(9, line(lines, 9).replaceAll('daypass.ledger', 'x.ledger'))),
    'record 9 was changed',
  ],
  [
    'a record hidden behind its leaf hash',
    edit((lines) => lines.with(9, pruned(line(lines, 9)))),
    'the bodies of 1 record are gone, and the log says that 0 were pruned: not record 9',
  ],
  ['a line over 8 KiB', edit((lines) => lines.with(9, 'x'.repeat(9000))), 'record 9 was changed'],
  ['a record pruned with another leaf', edit((lines) => lines.with(9, pruned('other'))), 'record 9 was changed'],
  [
    'a pruned leaf with words beside it',
    edit((lines) => lines.with(9, `${pruned(line(lines, 9)).slice(0, -1)},"x":1}`)),
    'record 9 was changed',
  ],
  ['a removed record', edit((lines) => lines.toSpliced(10, 1)), 'record 10 was removed'],
  ['the first record removed', edit((lines) => lines.slice(1)), 'record 0 was removed'],
  ['removed records', edit((lines) => lines.toSpliced(10, 5)), 'record 10 was removed, 5 records in a row'],
  [
    'removed records, renumbered',
    edit((lines) => lines.toSpliced(10, 1).map((text, at) => text.replace(/"sequence":\d+/, `"sequence":${at}`))),
    'record 10 was changed',
  ],
  [
    'an inserted record',
    edit((lines) => lines.toSpliced(10, 0, line(lines, 10).replace('use_10', 'use_x'))),
    'a line was inserted before record 10',
  ],
  ['inserted lines', edit((lines) => lines.toSpliced(10, 0, '', '{}')), '2 lines were inserted before record 10'],
  [
    'swapped records',
    edit((lines) => lines.toSpliced(10, 2, line(lines, 11), line(lines, 10))),
    'record 10 was moved: record 11 stands in its place',
  ],
  [
    'a record moved to the end',
    edit((lines) => [...lines.toSpliced(10, 1), line(lines, 10)]),
    'record 10 was moved: record 11 stands in its place',
  ],
  [
    'a doubled record',
    edit((lines) => lines.toSpliced(10, 0, line(lines, 9))),
    'in the place of record 10 stands a second copy of record 9',
  ],
  [
    'a later record doubled earlier',
    edit((lines) => lines.toSpliced(10, 0, line(lines, 30))),
    'in the place of record 10 stands a second copy of record 30',
  ],
  [
    'a record replaced by a copy of another',
    edit((lines) => lines.with(10, line(lines, 4))),
    'in the place of record 10 stands a second copy of record 4',
  ],
  ['a cut tail', edit((lines) => lines.slice(0, -3)), 'the log was cut before record 37: 3 records missing at its end'],
  ['an empty log', edit(() => []), /^(the log was cut before record 0: 40 records missing|record 0 was changed)/],
  [
    'a tail cut within a record',
    (f) => writeFileSync(join(f, 'log.jsonl'), readFileSync(join(f, 'log.jsonl')).subarray(0, -9)),
    'the log was cut before record 39: 1 record missing at its end',
  ],
  [
    'a lengthened log',
    edit((lines) => [...lines, line(recordsAt(everyMinute(SIZE + 1)), SIZE)]),
    'the log was lengthened: what stands after record 39 was never signed',
  ],
  [
    'a blank line at the end',
    edit((lines) => [...lines, '']),
    'the log was lengthened: what stands after record 39 was never signed',
  ],
];

const SIGNED: readonly Tampering[] = [
  [
    'a rewritten record, signed anew with the same key',
    (f) => exportLines(f, LINES.with(3, useId(3, 'use_x')(line(LINES, 3)))),
    'the log was rewritten, or is a fork: its first 25 records are not those of the kept checkpoint',
  ],
  [
    'a fork: the same facts, signed twice',
    (f) => exportLines(f, recordsAt(everyMinute(SIZE), 'b3RoZXJvdGhlcm90aGVyb3')),
    /^the log was rewritten, or is a fork/,
  ],
  [
    'a log cut past the kept checkpoint, signed anew',
    (f) => exportLines(f, LINES.slice(0, 20)),
    'shorter than before: it has 20 records, the kept checkpoint has 25',
  ],
  [
    'an old export of it put back',
    (f) => exportLines(f, LINES.slice(0, 24)),
    'shorter than before: it has 24 records, the kept checkpoint has 25',
  ],
  [
    'the old log.jsonl put back',
    (f) => writeLog(f, LINES.slice(0, 24)),
    /^the log was cut before record 24: 16 records missing/,
  ],
  [
    'the kept checkpoint put in place of the new one',
    (f) => cpSync(join(root, 'kept'), join(f, 'checkpoint')),
    /^the log was lengthened: what stands after record 24/,
  ],
  ['a swapped key', (f) => writeFileSync(join(f, 'log.pem'), STRANGER.publicKey.pem), /^another key/],
  [
    'a private key in its place',
    (f) => writeFileSync(join(f, 'log.pem'), '-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n'),
    'log.pem is not one Ed25519 public key',
  ],
  ['the log rewritten under a new key', (f) => exportLines(f, LINES.toSpliced(5, 1), STRANGER), /^another key/],
  [
    'a bad record that was signed',
    (f) => exportLines(f, LINES.with(30, line(LINES, 30).replace('"sequence":30', '"sequence":31'))),
    'record 30 has another sequence number, and was signed so: whoever held the key wrote it',
  ],
  [
    'a record that is none, signed',
    (f) => exportLines(f, LINES.with(30, '{}')),
    'record 30 is no record, and was signed so: whoever held the key wrote it',
  ],
  [
    'the name of another log, signed',
    (f) => writeFileSync(join(f, 'checkpoint'), checkpointOf(LINES, OWNER, 'daypass.ledger/other')),
    /^another log than that of the kept checkpoint/,
  ],
  [
    'a checkpoint of an empty log',
    (f) => writeFileSync(join(f, 'checkpoint'), checkpointOf([])),
    'the checkpoint is of an empty log',
  ],
  [
    'a checkpoint of more records',
    editFile('checkpoint', (note) => note.replace('\n40\n', '\n41\n')),
    'the checkpoint was changed: its signature does not hold',
  ],
  [
    'a checkpoint of another root',
    editFile('checkpoint', (note) => note.replace(/\n\S{44}\n/, `\n${zeroRoot}\n`)),
    'the checkpoint was changed: its signature does not hold',
  ],
  ['a flipped signature', editFile('checkpoint', flipped), 'the checkpoint was changed: its signature does not hold'],
  [
    'a checkpoint of another key',
    (f) => writeFileSync(join(f, 'checkpoint'), checkpointOf(LINES, STRANGER)),
    'the checkpoint has no signature of this key',
  ],
  [
    'a word added to the checkpoint',
    editFile('checkpoint', (note) => note.replace('\n\n', '\nextra\n\n')),
    'the checkpoint is no checkpoint',
  ],
  ['an empty checkpoint', (f) => writeFileSync(join(f, 'checkpoint'), ''), 'the checkpoint is no signed note'],
  ...['log.jsonl', 'checkpoint', 'log.pem'].map((file): Tampering => [
    `no ${file}`,
    (f) => rmSync(join(f, file)),
    `${file} is missing`,
  ]),
];

const range = (change: (document: Record<string, unknown>) => unknown) =>
  editFile('range.json', (text) => JSON.stringify(change(JSON.parse(text) as Record<string, unknown>)));

const RANGES: readonly Tampering[] = [
  ['a changed record', edit((lines) => lines.with(3, useId(14, 'use_x')(line(lines, 3)))), 'record 14 was changed'],
  ['a record left out', edit((lines) => lines.toSpliced(3, 1)), 'record 14 was removed'],
  ['the record before it left out', edit((lines) => lines.slice(1)), 'record 11 was removed'],
  [
    'the record after it left out',
    edit((lines) => lines.slice(0, -1)),
    'the log was cut before record 20: 1 record missing at its end',
  ],
  [
    'swapped records',
    edit((lines) => lines.toSpliced(3, 2, line(lines, 4), line(lines, 3))),
    'record 14 was moved: record 15 stands in its place',
  ],
  [
    'a doubled record',
    edit((lines) => lines.toSpliced(3, 0, line(lines, 2))),
    'in the place of record 14 stands a second copy of record 13',
  ],
  [
    'a record of after the range',
    edit((lines) => [...lines, line(LINES, 21)]),
    'the log was lengthened: what stands after record 20 was never signed',
  ],
  [
    'an earlier start claimed',
    range((r) => ({ ...r, from: RANGE.fromMs - MINUTE })),
    'the range is another one than is claimed: at its start is record 11',
  ],
  [
    'a later start claimed',
    range((r) => ({ ...r, from: RANGE.fromMs + MINUTE })),
    'the range is another one than is claimed: at its start is record 12',
  ],
  [
    'a later end claimed',
    range((r) => ({ ...r, until: RANGE.untilMs + MINUTE })),
    'the range is another one than is claimed: at its end is record 20',
  ],
  [
    'an earlier end claimed',
    range((r) => ({ ...r, until: RANGE.untilMs - MINUTE })),
    'the range is another one than is claimed: at its end is record 19',
  ],
  [
    'no start claimed',
    range((r) => ({ ...r, from: null })),
    'the range is another one than is claimed: at its start is record 11',
  ],
  [
    'no end claimed',
    range((r) => ({ ...r, until: null })),
    'the range is another one than is claimed: at its end is record 20',
  ],
  ['another place claimed', range((r) => ({ ...r, first: 10 })), 'range.json does not fit this log'],
  [
    'a subtree replaced',
    range((r) => ({ ...r, before: (r['before'] as string[]).with(0, zeroRoot) })),
    /^the root differs/,
  ],
  [
    'a subtree taken away',
    range((r) => ({ ...r, after: (r['after'] as string[]).slice(1) })),
    'range.json does not fit this log',
  ],
  ['words added', range((r) => ({ ...r, verified: true })), 'range.json does not fit this log'],
  ['range.json taken away', (f) => rmSync(join(f, 'range.json')), 'record 0 has another sequence number'],
  [
    'range.json of another log',
    (f) =>
      exportLines(join(f, 'x'), LINES.slice(0, 30)).then(() =>
        cpSync(join(f, 'x', 'checkpoint'), join(f, 'checkpoint')),
      ),
    'range.json does not fit this log',
  ],
];

/** Each kind that must be told from the others, in the words of both verifiers. */
const BY_SCRIPT = [
  'a flipped bit',
  'removed records',
  'inserted lines',
  'swapped records',
  'a later record doubled earlier',
  'a tail cut within a record',
  'a lengthened log',
];
const RANGES_BY_SCRIPT = ['a record left out', 'an earlier start claimed', 'an earlier end claimed', 'words added'];

type Change = { readonly at: number; readonly change: string; readonly byte: number };

function changedBytes(bytes: Buffer, { at, change, byte }: Change): Buffer {
  const [head, rest] = [bytes.subarray(0, at), bytes.subarray(at)];
  if (change === 'flip') return Buffer.concat([head, Buffer.of((rest[0] ?? 0) ^ byte), rest.subarray(1)]);
  if (change === 'insert') return Buffer.concat([head, Buffer.of(byte), rest]);
  if (change === 'delete') return Buffer.concat([head, rest.subarray(1)]);
  return change === 'cut' ? head : Buffer.concat([bytes, rest]);
}

const SCRIPT = join(import.meta.dirname, '../../../docs/verify-export.sh');

async function byScript(folder: string): Promise<{ status: number; stdout: string; stderr: string }> {
  const args = [SCRIPT, folder, OWNER.publicKey.fingerprint, join(root, 'kept')];
  try {
    return { status: 0, ...(await promisify(execFile)('bash', args)) };
  } catch (error) {
    // What a refusal is thrown as: exit code and output.
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { status: code, stdout, stderr: stderr.trim() };
  }
}

describe('tampering', () => {
  it('but what was not touched is verified, whole, pruned and in part', async () => {
    expect(await verify(copyOf('whole'))).toMatchObject({
      ok: true,
      value: { verdict: 'verified', records: SIZE, range: null },
    });
    const some = copyOf('told');
    edit(withPruned)(some);
    expect(await verify(some)).toMatchObject({
      ok: true,
      value: { verdict: 'verified', pruned: 12, continuesOld: true },
    });
    const value = {
      records: SIZE,
      range: { ...RANGE, first: 12, records: 8, start: 'record_outside', end: 'record_outside' },
    };
    expect(await verify(copyOf('range'))).toMatchObject({ ok: true, value });
  });

  it.each([
    [8, 'the bodies of 13 records are gone, and the log says that 12 were pruned'],
    [37, 'the bodies of 13 records are gone, and the log says that 12 were pruned: not record 37'],
  ])('with record %i, hidden among what was pruned, is found', async (at, says) => {
    const folder = copyOf('told');
    edit((lines) => withPruned(lines.with(at, pruned(line(lines, at)))))(folder);
    expect(await refused(folder)).toBe(says);
    expect(await byScript(folder)).toMatchObject({ status: 1, stderr: `refused: ${says}` });
    // Another one brought back in its place, as from an older export.
    edit((lines) => lines.with(3, line(LINES, 3)))(folder);
    expect((await verify(folder)).ok).toBe(at === 8);
    expect((await byScript(folder)).status).toBe(at === 8 ? 0 : 1);
  });

  describe('with records is named', () => {
    it.each(RECORDS)('%s', async (_name, tamper, says) => {
      const folder = copyOf('whole');
      await tamper(folder);
      expect(await refused(folder)).toEqual(typeof says === 'string' ? says : expect.stringMatching(says));
    });
  });

  describe('with what is signed is named', () => {
    it.each(SIGNED)('%s', async (_name, tamper, says) => {
      const folder = copyOf('whole');
      await tamper(folder);
      expect(await refused(folder)).toEqual(typeof says === 'string' ? says : expect.stringMatching(says));
    });
  });

  describe('with an export of a time range is named', () => {
    it.each(RANGES)('%s', async (_name, tamper, says) => {
      const folder = copyOf('range');
      await tamper(folder);
      expect(await refused(folder)).toEqual(typeof says === 'string' ? says : expect.stringMatching(says));
    });
  });

  it('with the leaf hashes misleads nobody: they are believed under the signed root alone', async () => {
    const changed = useId(7, 'use_x')(line(LINES, 7));
    const leaves = (folder: string, ...at: number[]): void => {
      const bytes = readFileSync(join(folder, 'leaves'));
      for (const record of at) leafHash(Buffer.from(changed)).copy(bytes, 32 * record);
      writeFileSync(join(folder, 'leaves'), bytes);
    };
    const untouched = copyOf('whole');
    leaves(untouched, 3);
    expect(await verify(untouched)).toMatchObject({ ok: true });
    for (const at of [7, 3]) {
      const folder = copyOf('whole');
      writeLog(folder, LINES.with(7, changed));
      leaves(folder, at);
      expect(await refused(folder)).toMatch(/^the root differs/);
    }
    const without = copyOf('whole');
    rmSync(join(without, 'leaves'));
    expect(await verify(without)).toMatchObject({ ok: true });
    writeLog(without, LINES.toSpliced(10, 1));
    expect(await refused(without)).toBe('record 10 has another sequence number');
  });

  it('with any byte of any file is refused, or changes nothing that was claimed', async () => {
    const claimed = { whole: await verify(copyOf('whole')), range: await verify(copyOf('range')) };
    expect(claimed).toMatchObject({ whole: { ok: true }, range: { ok: true } });
    const folders = { whole: copyOf('whole'), range: copyOf('range') };
    const place = fc.record({
      source: fc.constantFrom('whole' as const, 'range' as const),
      file: fc.constantFrom('log.jsonl', 'log.jsonl', 'checkpoint', 'log.pem', 'range.json', 'leaves'),
      at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      change: fc.constantFrom('flip', 'insert', 'delete', 'cut', 'repeat'),
      byte: fc.integer({ min: 1, max: 255 }),
    });
    await fc.assert(
      fc.asyncProperty(place, async ({ source, file, at, change, byte }) => {
        const path = join(folders[source], file);
        fc.pre(existsSync(path));
        const before = readFileSync(path);
        writeFileSync(path, changedBytes(before, { at: Math.floor(at * before.length), change, byte }));
        const result = await verify(folders[source]);
        writeFileSync(path, before);
        if (result.ok) expect(result).toEqual(claimed[source]);
      }),
      { numRuns: 300 },
    );
  }, 60_000);

  // The rest of the script's refusals have a spec of their own.
  const missing = ['openssl', 'python3', 'bash'].find((tool) => spawnSync(tool, ['--help']).error !== undefined);
  const script = missing === undefined ? 'docs/verify-export.sh' : `docs/verify-export.sh (skipped: no ${missing})`;
  it.skipIf(missing !== undefined)(
    `is named in the same words by ${script}`,
    async () => {
      const kinds = [
        ...BY_SCRIPT.map((name) => ['whole', RECORDS.find(([kind]) => kind === name)] as const),
        ...RANGES_BY_SCRIPT.map((name) => ['range', RANGES.find(([kind]) => kind === name)] as const),
      ];
      const run = async ([source, kind]: (typeof kinds)[number]): Promise<void> => {
        if (kind === undefined) throw new Error('no such kind of tampering');
        const [name, tamper, says] = kind;
        const folder = copyOf(source);
        await tamper(folder);
        const told = await byScript(folder);
        expect({ name, ...told }).toEqual({ name, status: 1, stdout: '', stderr: `refused: ${String(says)}` });
      };
      // Two at a time: most of each is the start of OpenSSL and Python.
      const waiting = kinds[Symbol.iterator]();
      await Promise.all(
        [1, 2].map(async () => {
          for (const kind of waiting) await run(kind);
        }),
      );
      const misled = copyOf('whole');
      writeLog(misled, LINES.with(7, useId(7, 'use_x')(line(LINES, 7))));
      const bytes = readFileSync(join(misled, 'leaves'));
      leafHash(Buffer.from(line(readLog(misled), 7))).copy(bytes, 32 * 7);
      writeFileSync(join(misled, 'leaves'), bytes);
      expect((await byScript(misled)).stderr).toBe(
        'refused: the root differs: something was changed since it was signed',
      );
      expect(await byScript(copyOf('range'))).toMatchObject({
        status: 0,
        stdout: expect.stringContaining('records 12 to 19 of 40') as unknown,
      });
    },
    120_000,
  );
});
