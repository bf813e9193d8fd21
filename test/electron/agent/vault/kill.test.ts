import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LocalCopyState } from '#shared/domain/local-copy.ts';
import { HOUR_MS } from '#shared/domain/time.ts';
import { expectOk } from '#test/support/broker-world.ts';
import { openPrivateKeyring, type PrivateKeyring } from '#test/support/private-keyring.ts';
import { CHILD_ORDER, CHILD_SERVICE, CHILD_TOKEN, openChildVault, type ChildVault } from '#test/support/vault-child.ts';

const CHILD = join(import.meta.dirname, '../../../support/vault-child.ts');
const { NODE_COMPILE_CACHE } = process.env;
const COMPILED = NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };
let keyring: PrivateKeyring;
let root: string;
let folder: string;

beforeAll(async () => {
  keyring = await openPrivateKeyring();
  Object.assign(process.env, keyring.env);
});
afterAll(async () => {
  await keyring.close();
});
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'daypass-kill-'));
  folder = join(root, 'data');
  mkdirSync(folder, { mode: 0o700 });
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

/** Runs the child until it waits at the step, and kills it there. Gives whether it got that far. */
async function killAt(step: string, verb: 'check-out' | 'wipe'): Promise<void> {
  const child = spawn(process.execPath, [CHILD, folder, verb, step], {
    env: { PATH: process.env['PATH'] ?? '', ...COMPILED, ...keyring.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let complained = '';
  child.stderr.on('data', (chunk: Buffer) => (complained += chunk.toString()));
  const over = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  const reached = new Promise<boolean>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.split('\n').includes(step)) resolve(true);
    });
    void over.then(() => resolve(false));
  });
  if (!(await reached)) throw new Error(`never came to ${step}: ${said} ${complained}`);
  child.kill('SIGKILL');
  await over;
}

const noSteps = { reach: async () => undefined };

async function started<T>(use: (child: ChildVault) => Promise<T>, nowOffMs = 0): Promise<T> {
  const child = await openChildVault(folder, noSteps, nowOffMs);
  try {
    await child.vault.recover();
    return await use(child);
  } finally {
    await child.close();
  }
}

const inKeychain = (): boolean => keyring.search(CHILD_SERVICE).includes(CHILD_TOKEN);

function tokenFiles(): readonly string[] {
  return readdirSync(folder).filter((file) => readFileSync(join(folder, file)).includes('c2VjcmV0LW9m'));
}

/** Each state's records, each exactly once: nothing lost, nothing doubled. */
async function expectSoundRecords(child: ChildVault): Promise<void> {
  const kinds = (await child.records()).map((record) => record.kind);
  for (const kind of ['copy.intended', 'copy.stored', 'wipe.done', 'copy.abandoned'])
    expect(kinds.filter((one) => one === kind).length, kind).toBeLessThanOrEqual(1);
  const states = child.vault.copies().map((copy): LocalCopyState => copy.state);
  if (states.includes('stored')) expect(kinds).toContain('copy.stored');
  if (kinds.length > 0) expect(kinds[0]).toBe('copy.intended');
}

// The first transaction of a run forgets old rows; the second is the intent, the third the stored copy.
const CHECK_OUT_STEPS = [
  'before commit 2',
  'after commit 2',
  'before collect',
  'after collect',
  'before set',
  'after set',
  'before commit 3',
  'after commit 3',
  'before commit 4',
  'after commit 4',
  'before clipboard',
  'after clipboard',
];

describe('a check-out that is killed', () => {
  it.each(CHECK_OUT_STEPS)(
    '%s leaves no secret without a record, and can be finished under the same id',
    async (step) => {
      await killAt(step, 'check-out');
      await started(async (child) => {
        const states = child.vault.copies().map(({ state }) => state);
        // Nothing of it, an intent that holds nothing, or a whole copy: never a token beside a mere intent.
        expect(inKeychain()).toBe(states[0] === 'stored');
        expect(await child.clipboard.read()).toBeNull();
        await expectSoundRecords(child);
        expectOk(await child.vault.checkOut({ ...CHILD_ORDER, client: child.client }));
        expect(inKeychain()).toBe(true);
        await expectSoundRecords(child);
        expect(tokenFiles()).toEqual([]);
        expect(await child.vault.wipeAll('quit')).toEqual({ wiped: 1, failed: 0 });
        expect(inKeychain()).toBe(false);
      });
    },
  );
});

// The clipboard was cleared in a transaction of its own, beside the wipe's two.
const WIPE_STEPS = [
  'before commit 5',
  'after commit 5',
  'before remove',
  'after remove',
  'before commit 6',
  'after commit 6',
  'before commit 7',
  'after commit 7',
];

describe('a wipe that is killed', () => {
  it.each(WIPE_STEPS)('%s is finished by the next start, and recorded once', async (step) => {
    await killAt(step, 'wipe');
    await started(async (child) => {
      const { vault } = child;
      expect(await child.clipboard.read()).toBeNull();
      // Only before the wipe was on record it is as if it had never been asked for.
      const left = vault.copies();
      if (left.length > 0) expect(step).toBe('before commit 5');
      expect(left.length > 0).toBe(inKeychain());
      await expectSoundRecords(child);
      await vault.wipeAll('quit');
      const kinds = (await child.records()).map((record) => record.kind);
      expect(kinds.filter((kind) => kind === 'wipe.done')).toHaveLength(1);
      expect(kinds.at(-1)).toMatch(/^(wipe\.done|clipboard\.cleared)$/);
      expect(inKeychain()).toBe(false);
      expect(tokenFiles()).toEqual([]);
    });
  });

  it.each(['after set', 'after commit 3', 'after clipboard'])(
    'and overdue: killed %s, it is gone before the start is over',
    async (step) => {
      await killAt(step, 'check-out');
      await started(async (child) => {
        expect(inKeychain()).toBe(false);
        expect(await child.clipboard.read()).toBeNull();
        expect(child.vault.copies().every(({ state }) => state === 'intended')).toBe(true);
      }, 2 * HOUR_MS);
    },
  );
});
