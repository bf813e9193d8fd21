import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKeys, KEY_FILES } from '#broker/config/create-keys.ts';
import { newLedgerKey } from '#broker/config/new-ledger-key.ts';
import { readKeys, readPreviousKeys } from '#broker/config/read-keys.ts';
import { createSecrets, SecretError } from '#broker/config/secrets.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daypass-secrets-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function put(name: string, text: string | Uint8Array, mode = 0o600): Promise<void> {
  await writeFile(join(folder, name), text);
  await chmod(join(folder, name), mode);
}

const KEY = Buffer.alloc(32, 7).toString('base64url');
const secrets = (env: Record<string, string> = {}, keychain?: (name: string) => Promise<string | null>) =>
  createSecrets({ folder, env, ...(keychain === undefined ? {} : { keychain }) });

async function refusal(reading: Promise<unknown>): Promise<SecretError> {
  const error: unknown = await reading.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof SecretError)) throw new Error('was not refused with a SecretError');
  return error;
}

describe('a secret', () => {
  it('is read from a file beside the configuration, without one closing line break', async () => {
    await put('a', 'hunter2\n');
    await put('b', ' hunter2 \r\n');
    await put('c', 'hunter2\n\n');
    expect(await secrets().read('file:a')).toBe('hunter2');
    expect(await secrets().read('file:b')).toBe(' hunter2 ');
    expect(await secrets().read('file:c')).toBe('hunter2\n');
    expect(await secrets().read(`file:${join(folder, 'a')}`)).toBe('hunter2');
  });

  it('is read from the environment and from the keychain', async () => {
    expect(await secrets({ TOKEN: 'hunter2' }).read('env:TOKEN')).toBe('hunter2');
    const keychain = (name: string) => Promise.resolve(name === 'daypass' ? 'hunter2' : null);
    expect(await secrets({}, keychain).read('keychain:daypass')).toBe('hunter2');
    expect((await refusal(secrets({}, keychain).read('keychain:other'))).code).toBe('not_found');
  });

  it.skipIf(process.platform === 'win32')(
    'is refused from a file that others can read, also behind a link',
    async () => {
      for (const mode of [0o640, 0o604, 0o644, 0o620, 0o602, 0o610]) {
        await put('open', 'hunter2', mode);
        expect((await refusal(secrets().read('file:open'))).code).toBe('readable_by_others');
      }
      await symlink('open', join(folder, 'link'));
      expect((await refusal(secrets().read('file:link'))).code).toBe('readable_by_others');
    },
  );

  it('that cannot be had says why, and never what', async () => {
    await put('empty', '\n');
    await put('binary', new Uint8Array([0xff, 0xfe, 0x00]));
    await put('long', 'hunter2'.repeat(20_000));
    await mkdir(join(folder, 'folder'), { mode: 0o700 });
    const broken = () => Promise.reject(new Error('hunter2 is locked'));
    const refused = [
      [await refusal(secrets().read('file:none')), 'not_found'],
      [await refusal(secrets().read('file:empty')), 'empty'],
      [await refusal(secrets().read('file:binary')), 'not_text'],
      [await refusal(secrets().read('file:long')), 'too_long'],
      [await refusal(secrets().read('file:folder')), 'not_a_file'],
      [await refusal(secrets().read('env:NONE')), 'not_found'],
      [await refusal(secrets({ NONE: '' }).read('env:NONE')), 'empty'],
      [await refusal(secrets().read('env:__proto__')), 'not_found'],
      [await refusal(secrets().read('keychain:x')), 'no_keychain'],
      [await refusal(secrets({}, broken).read('keychain:x')), 'cannot_read'],
      [await refusal(secrets().read('hunter2')), 'not_a_reference'],
      [await refusal(secrets().read('hunter2:hunter2')), 'not_a_reference'],
      [await refusal(secrets({ K: `${KEY}hunter2` }).readKey('env:K')), 'not_a_key'],
      [await refusal(secrets({ K: 'hunter2' }).readKey('env:K')), 'not_a_key'],
    ] as const;
    expect(refused.map(([error]) => error.code)).toEqual(refused.map(([, code]) => code));
    for (const [error] of refused)
      expect(`${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`).not.toContain('hunter2');
  });

  it('that is a key is exactly 32 bytes in base64url', async () => {
    expect(await secrets({ K: KEY }).readKey('env:K')).toEqual(new Uint8Array(32).fill(7));
    for (const wrong of [
      KEY.slice(1),
      `${KEY}A`,
      `${KEY}=`,
      Buffer.alloc(32, 255).toString('base64'),
      `${KEY.slice(0, -1)}-`,
    ]) {
      expect((await refusal(secrets({ K: wrong }).readKey('env:K'))).code).toBe('not_a_key');
    }
  });
});

describe('the keys of a first start', () => {
  const references = {
    tokenWrapping: `file:keys/${KEY_FILES.tokenWrapping}`,
    ledger: `file:keys/${KEY_FILES.ledger}`,
    keyedHash: `file:keys/${KEY_FILES.keyedHash}`,
    erasure: `file:keys/${KEY_FILES.erasure}`,
  };

  it('are four different ones, for their owner only, ready to be read', async () => {
    expect(await createKeys(join(folder, 'keys'))).toBe('created');
    const keys = await readKeys(references, secrets());
    expect(new Set(Object.values(keys).map((key) => Buffer.from(key).toString('hex'))).size).toBe(4);
    expect(await readdir(folder)).toEqual(['keys']);
    if (process.platform === 'win32') return;
    expect((await stat(join(folder, 'keys'))).mode & 0o777).toBe(0o700);
    for (const name of await readdir(join(folder, 'keys'))) {
      expect((await stat(join(folder, 'keys', name))).mode & 0o777).toBe(0o600);
    }
  });

  it('are never made again: not when some are missing, not when several starts race', async () => {
    const made = await Promise.all(Array.from({ length: 5 }, () => createKeys(join(folder, 'keys'))));
    expect(made.filter((outcome) => outcome === 'created')).toHaveLength(1);
    const before = await readFile(join(folder, 'keys', KEY_FILES.ledger), 'utf8');
    await rm(join(folder, 'keys', KEY_FILES.erasure));
    expect(await createKeys(join(folder, 'keys'))).toBe('exists');
    expect(await readFile(join(folder, 'keys', KEY_FILES.ledger), 'utf8')).toBe(before);
    expect((await refusal(readKeys(references, secrets()))).code).toBe('not_found');
    expect(await readdir(folder)).toEqual(['keys']);
  });

  it('leave the ledger’s one to its follower, once, and after a stop at any point', async () => {
    const at = (name: string): string => join(folder, 'keys', name);
    expect(await newLedgerKey(join(folder, 'keys'))).toBe('no_key');
    await createKeys(join(folder, 'keys'));
    const first = await readFile(at(KEY_FILES.ledger), 'utf8');
    const previous = async () =>
      await readPreviousKeys(['file:keys/ledger.previous.key'], await readKeys(references, secrets()), secrets());
    expect(await previous()).toEqual([]);
    // Stopped in the middle: the same key under both names is no previous one.
    await put('keys/ledger.previous.key', first);
    expect(await previous()).toEqual([]);
    expect(await newLedgerKey(join(folder, 'keys'))).toBe('created');
    expect(await readFile(at('ledger.previous.key'), 'utf8')).toBe(first);
    const second = await readFile(at(KEY_FILES.ledger), 'utf8');
    expect(second).not.toBe(first);
    expect(await previous()).toEqual([await secrets().readKey('file:keys/ledger.previous.key')]);
    expect(await newLedgerKey(join(folder, 'keys'))).toBe('previous_kept');
    expect(await readFile(at(KEY_FILES.ledger), 'utf8')).toBe(second);
    expect(await readdir(join(folder, 'keys'))).toHaveLength(5);
    if (process.platform !== 'win32')
      for (const name of await readdir(join(folder, 'keys'))) expect((await stat(at(name))).mode & 0o777).toBe(0o600);
    // A key for something else is none that the ledger had.
    await put('keys/ledger.previous.key', await readFile(at(KEY_FILES.erasure)));
    expect((await refusal(previous())).code).toBe('not_a_key');
  });

  it('are refused when two references lead to one key', async () => {
    await createKeys(join(folder, 'keys'));
    await put('copy', await readFile(join(folder, 'keys', KEY_FILES.ledger)));
    const error = await refusal(readKeys({ ...references, erasure: 'file:copy' }, secrets()));
    expect(error.message).toBe(`file:copy: is the same key as ${references.ledger}`);
  });
});
