// A change of the ledger's key: whole or not at all, signed by both keys, and followed by who knows an earlier one.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openCheckpoint, signCheckpoint } from '#shared/audit/checkpoint.ts';
import { logSigner } from '#shared/audit/log-key.ts';
import { verifyExport } from '#shared/audit/verify-export.ts';
import { LogError } from '#shared/log/log-error.ts';
import { openTestLedger, type TestLedger } from './open-test-ledger.ts';
import { numberedEvent } from './sample-events.ts';

const SEEDS = [7, 8, 9].map((byte) => new Uint8Array(32).fill(byte));
const KEYS = SEEDS.map((seed) => logSigner(seed));
const [first, second, third] = KEYS as [(typeof KEYS)[0], (typeof KEYS)[0], (typeof KEYS)[0]];
const SCRIPT = join(import.meta.dirname, '../../../docs/verify-export.sh');
const canRunScript = ['openssl version', 'python3 --version', 'bash --version'].every(
  (tool) => spawnSync('sh', ['-c', tool]).status === 0,
);

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'daypass-test-'));
  path = join(folder, 'broker.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open: TestLedger[] = [];
async function closeAll(): Promise<void> {
  for (const { close } of open.splice(0)) await close();
}
afterEach(closeAll);

/** Starts with the n-th key, and the others named as earlier ones. */
async function start(key: number, previous: readonly number[] = [], at = path): Promise<TestLedger> {
  const seeds = previous.map((index) => SEEDS[index] ?? new Uint8Array());
  const opened = await openTestLedger(at, { ledgerSeed: SEEDS[key] ?? new Uint8Array(), previousSeeds: seeds });
  open.push(opened);
  return opened;
}

async function append({ store, ledger }: TestLedger, from: number, to: number): Promise<void> {
  for (let number = from; number < to; number += 1)
    await store.transaction((tx) => ledger.append(tx, numberedEvent(number)));
  await ledger.settled();
}

async function refusal(started: Promise<TestLedger>): Promise<string> {
  return await started.then(
    () => 'opened',
    (error: unknown) => (error instanceof LogError ? error.code : String(error)),
  );
}

const kinds = async ({ ledger }: TestLedger) => (await ledger.records({ limit: 1000 })).map(({ kind }) => kind);

describe('a change of the ledger’s key', () => {
  it('is on record, signed by both keys, and the log goes on under its name', async () => {
    const before = await start(0);
    await append(before, 0, 3);
    const { origin } = before.ledger;
    await closeAll();
    const after = await start(1, [0]);
    expect(after.ledger.origin).toBe(origin);
    expect(after.ledger.keyFingerprint).toBe(second.publicKey.fingerprint);
    expect(after.ledger.firstKeyFingerprint).toBe(first.publicKey.fingerprint);
    const [, , , changed] = await after.ledger.records({ limit: 10 });
    const data = { oldKey: first.publicKey.fingerprint, newKey: second.publicKey.fingerprint, size: 3 };
    expect(JSON.parse(changed?.canonical ?? '{}').unmapped.data).toEqual(data);
    const [rotation, ...more] = await after.ledger.rotations();
    expect(more).toEqual([]);
    expect(rotation?.key).toBe(first.publicKey.pem);
    for (const { publicKey } of [first, second])
      expect(openCheckpoint(rotation?.checkpoint ?? '', publicKey)).toMatchObject({
        ok: true,
        value: { origin, size: 4 },
      });
    await append(after, 3, 5);
    const newest = (await after.ledger.checkpoint()) ?? '';
    expect(openCheckpoint(newest, second.publicKey)).toMatchObject({ ok: true, value: { origin, size: 6 } });
    expect(openCheckpoint(newest, first.publicKey).ok).toBe(false);

    // Named again, or not any more: it was changed once.
    await closeAll();
    expect(await (await start(1, [0])).ledger.rotations()).toHaveLength(1);
    await closeAll();
    expect(await kinds(await start(1))).toEqual([
      ...Array(3).fill('use.finished'),
      'ledger.key_rotated',
      ...Array(2).fill('use.finished'),
    ]);
  });

  it('is refused without the key before, and to a key that was retired', async () => {
    await append(await start(0), 0, 2);
    await closeAll();
    expect(await refusal(start(1))).toBe('another_key');
    expect(await refusal(start(1, [2]))).toBe('another_key');
    expect(await refusal(start(1, [2, 0]))).toBe('opened');
    await closeAll();
    expect(await refusal(start(0))).toBe('another_key');
    expect(await refusal(start(0, [1]))).toBe('another_key');
    expect(await refusal(start(2, [1]))).toBe('opened');
  });

  it('takes what waits for its place along, however much', async () => {
    const before = await start(0);
    await before.ledger.close();
    await before.store.transaction(async (tx) => {
      for (let number = 0; number < 1100; number += 1) await before.ledger.append(tx, numberedEvent(number));
    });
    await closeAll();
    const after = await start(1, [0]);
    expect(after.ledger.size()).toBe(1101);
    expect((await after.ledger.records({ limit: 1, newestFirst: true }))[0]?.kind).toBe('ledger.key_rotated');
  });

  it.each([
    ['the record is placed', 'before insert on ledger_records'],
    ['the note is kept', 'before insert on ledger_key_rotations'],
    ['the new key takes over', 'before update of key_fingerprint on ledger_state'],
  ])('that is cut short when %s leaves the old key, and is made whole later', async (_name, when) => {
    await append(await start(0), 0, 3);
    await closeAll();
    const raw = new DatabaseSync(path);
    raw.exec(`create trigger cut ${when} begin select raise(abort, 'cut'); end`);
    await expect(start(1, [0])).rejects.toThrow('cut');
    raw.exec('drop trigger cut');
    const still = await start(0);
    expect(await kinds(still)).toEqual(Array(3).fill('use.finished'));
    expect(await still.ledger.rotations()).toEqual([]);
    await closeAll();
    expect(await kinds(await start(1, [0]))).toHaveLength(4);
    raw.close();
  });

  it.each([
    ['a note with another root', "update ledger_key_rotations set note = replace(note, '3', '4')"],
    ['no note any more', 'delete from ledger_key_rotations'],
    ['another old key', `update ledger_key_rotations set old_key = '${third.publicKey.pem}'`],
  ])('is refused at the next start with %s', async (name, edit) => {
    await append(await start(0), 0, 2);
    await closeAll();
    await start(1, [0]);
    await closeAll();
    const raw = new DatabaseSync(path);
    raw.exec(edit);
    raw.close();
    expect(await refusal(start(1))).toBe(name.startsWith('no note') ? 'another_origin' : 'damaged');
  });
});

type Lines = readonly { readonly checkpoint: string; readonly key: string }[];

describe('an export over changes of the key', () => {
  let root: string;
  let good: string;
  let checkpoints: readonly string[];
  let origin: string;

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'daypass-test-'));
    good = join(root, 'good');
    const at = join(root, 'broker.db');
    const kept: string[] = [];
    for (const [key, previous] of [
      [0, []],
      [1, [0]],
      [2, [1]],
    ] as const) {
      const opened = await start(key, previous, at);
      await append(opened, 4 * key, 4 * key + 3);
      kept.push((await opened.ledger.checkpoint()) ?? '');
      if (key === 2) await opened.ledger.exportTo(good);
      origin = opened.ledger.origin;
      await closeAll();
    }
    checkpoints = kept;
    for (const [index, note] of checkpoints.entries()) writeFileSync(join(root, `checkpoint-${index}`), note);
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  const lines = (from: string): Lines =>
    readFileSync(join(from, 'rotations'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));

  function damaged(edit: (lines: Lines) => Lines): string {
    const copy = join(folder, 'copy');
    cpSync(good, copy, { recursive: true });
    const text = edit(lines(good))
      .map((line) => `${JSON.stringify(line)}\n`)
      .join('');
    if (text === readFileSync(join(copy, 'rotations'), 'utf8')) throw new Error('the edit changed nothing');
    writeFileSync(join(copy, 'rotations'), text);
    return copy;
  }

  const byScript = (...args: string[]) => spawnSync('bash', [SCRIPT, ...args], { encoding: 'utf8' });

  it.each([0, 1, 2])('is verified by key %i and the checkpoint of its time', async (key) => {
    const keyFingerprint = KEYS[key]?.publicKey.fingerprint ?? '';
    const sinceCheckpoint = checkpoints[key] ?? '';
    const value = { verdict: 'verified', records: 11, continuesOld: true, keyChanges: 2 };
    expect(await verifyExport({ folder: good, keyFingerprint, sinceCheckpoint })).toMatchObject({ ok: true, value });
    if (!canRunScript) return;
    const { status, stderr } = byScript(good, keyFingerprint, join(root, `checkpoint-${key}`));
    expect([status, stderr]).toEqual([0, '']);
  });

  const note = (size: number, byte: number, ...signers: [typeof first, ...(typeof first)[]]): string =>
    signCheckpoint({ origin, size, root: Buffer.alloc(32, byte) }, ...signers);

  const CHAINS: readonly (readonly [string, (lines: Lines) => Lines, object, RegExp])[] = [
    ['without its first change', (all) => all.slice(1), { code: 'another_key' }, /another key/],
    [
      'without its last change',
      (all) => all.slice(0, 1),
      { code: 'bad_rotation', rotation: 0, reason: 'not_signed_by_the_next_key' },
      /next key/,
    ],
    [
      'in another order',
      (all) => all.toReversed(),
      { code: 'bad_rotation', rotation: 0, reason: 'not_signed_by_the_next_key' },
      /next key/,
    ],
    [
      'with a change twice',
      (all) => [...all, ...all.slice(1)],
      { code: 'bad_rotation', reason: 'key_used_before' },
      /used before/,
    ],
    [
      'with a change that only the old key signed',
      ([one, two]) => [{ key: one?.key ?? '', checkpoint: note(4, 1, first) }, ...(two ? [two] : [])],
      { code: 'bad_rotation', rotation: 0, reason: 'not_signed_by_the_next_key' },
      /next key/,
    ],
    [
      'with a change that only the next key signed',
      ([one, two]) => [{ key: one?.key ?? '', checkpoint: note(4, 1, second) }, ...(two ? [two] : [])],
      { code: 'bad_rotation', rotation: 0, reason: 'not_signed_by_the_old_key' },
      /old key/,
    ],
    [
      'with a change over another tree',
      ([one, two]) => [{ key: one?.key ?? '', checkpoint: note(4, 1, first, second) }, ...(two ? [two] : [])],
      { code: 'bad_rotation', rotation: 0, reason: 'another_tree' },
      /another tree/,
    ],
    [
      'with a change beyond the log',
      ([one, two]) => [...(one ? [one] : []), { key: two?.key ?? '', checkpoint: note(40, 1, second, third) }],
      { code: 'bad_rotation', rotation: 1, reason: 'out_of_order' },
      /out of order/,
    ],
    [
      'with a change of another log',
      ([one, two]) => [
        {
          key: one?.key ?? '',
          checkpoint: signCheckpoint({ origin: 'other', size: 4, root: Buffer.alloc(32) }, first, second),
        },
        ...(two ? [two] : []),
      ],
      { code: 'bad_rotation', rotation: 0, reason: 'another_origin' },
      /another origin/,
    ],
    [
      'with a line that is none',
      (all) => [...all.slice(0, 1), { checkpoint: 'x', key: 'y' }],
      { code: 'bad_rotation', rotation: 1 },
      /key change 1/,
    ],
  ];

  it.each(CHAINS)('is refused %s', async (_name, edit, error, words) => {
    const copy = damaged(edit);
    const keyFingerprint = first.publicKey.fingerprint;
    expect(await verifyExport({ folder: copy, keyFingerprint })).toMatchObject({ ok: false, error });
    if (!canRunScript) return;
    const { status, stderr, stdout } = byScript(copy, keyFingerprint);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(words);
  });

  it('does not accept what a retired key signed after its end, nor an earlier key without the chain', async () => {
    const keyFingerprint = third.publicKey.fingerprint;
    const late = note(6, 1, first);
    writeFileSync(join(folder, 'late'), late);
    const error = { code: 'bad_checkpoint', which: 'old', reason: 'no_signature_of_this_key' };
    expect(await verifyExport({ folder: good, keyFingerprint, sinceCheckpoint: late })).toMatchObject({
      ok: false,
      error,
    });
    const copy = damaged(() => []);
    rmSync(join(copy, 'rotations'));
    expect(await verifyExport({ folder: copy, keyFingerprint: first.publicKey.fingerprint })).toMatchObject({
      ok: false,
      error: { code: 'another_key' },
    });
    expect(await verifyExport({ folder: copy, keyFingerprint })).toMatchObject({ ok: true });
    if (!canRunScript) return;
    expect(byScript(good, keyFingerprint, join(folder, 'late')).stderr).toMatch(/no signature of a key of this log/);
    expect(byScript(copy, first.publicKey.fingerprint).stderr).toMatch(/another key/);
  });

  it('into a folder of an earlier one leaves nothing of that', async () => {
    const copy = join(folder, 'copy');
    cpSync(good, copy, { recursive: true });
    const fresh = await start(0);
    await append(fresh, 0, 1);
    await fresh.ledger.exportTo(copy);
    expect(existsSync(join(copy, 'rotations'))).toBe(false);
  });
});
