import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFirstKeys } from '#broker/config/create-first-keys.ts';
import { loadConfig } from '#broker/config/load-config.ts';
import { startEmbeddedBroker } from '#shared/port/embedded-broker.ts';
import { expectOk } from '#test/support/broker-world.ts';
import { onFreePorts, prepareSolo } from '../../../build/solo/prepare.ts';

let folder: string;
let configFile: string;
const keys = (): string => path.join(folder, 'keys');

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'daypass-first-keys-'));
  // The example on free ports, and then as it is on a machine where nobody prepared anything.
  ({ configFile } = await onFreePorts(await prepareSolo(folder), 1));
  rmSync(keys(), { recursive: true });
  rmSync(path.join(folder, 'secrets'), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const load = async () => expectOk(await loadConfig(configFile, folder));
const start = async (createKeys: boolean) =>
  await startEmbeddedBroker({
    configFile,
    dataFolder: folder,
    createKeys,
    entry: new URL('../../../broker/worker.ts', import.meta.url),
    onTrouble: () => undefined,
  });

describe('the keys of a first start', () => {
  it('are made when the owner asks for it, and the broker starts with nothing but its configuration', async () => {
    expect((await start(false)).ok).toBe(false);
    const first = expectOk(await start(true));
    const { ledgerKeyFingerprint } = first;
    await first.close();
    expect(readdirSync(keys())).toHaveLength(4);
    if (process.platform !== 'win32') expect(statSync(keys()).mode & 0o777).toBe(0o700);
    const again = expectOk(await start(true));
    expect(again.ledgerKeyFingerprint).toBe(ledgerKeyFingerprint);
    await again.close();
  });

  it('are not made anew beside a store that was written with others', async () => {
    await expectOk(await start(true)).close();
    rmSync(keys(), { recursive: true });
    expect((await start(true)).ok).toBe(false);
    expect(await createFirstKeys(await load())).toBe('not_first_start');
    expect(() => readdirSync(keys())).toThrow('ENOENT');
  });

  it('are not made when the configuration keeps them elsewhere', async () => {
    writeFileSync(configFile, readFileSync(configFile, 'utf8').replace('file:keys/ledger.key', 'env:LEDGER_KEY'));
    expect(await createFirstKeys(await load())).toBe('kept_elsewhere');
    expect(() => readdirSync(keys())).toThrow('ENOENT');
  });

  it('leave keys that are there as they are', async () => {
    expect(await createFirstKeys(await load())).toBe('created');
    const before = readFileSync(path.join(keys(), 'ledger.key'), 'utf8');
    expect(await createFirstKeys(await load())).toBe('exists');
    expect(readFileSync(path.join(keys(), 'ledger.key'), 'utf8')).toBe(before);
  });
});
