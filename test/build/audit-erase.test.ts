// The audit commands that erase and hold, on an embedded broker's own files.
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { openBroker } from '#broker/open-broker.ts';
import { erase } from '../../build/audit/erase.ts';
import { hold, holds, releaseHold } from '../../build/audit/hold.ts';
import { expectOk } from '#test/support/broker-world.ts';
import { filesHoldingText } from '#test/support/scan-bytes.ts';
import { CONFIG } from '#test/support/world-files.ts';

const KEYS = `keys: { tokenWrapping: 'file:keys/token-wrapping.key', ledger: 'file:keys/ledger.key', keyedHash: 'file:keys/keyed-hash.key', erasure: 'file:keys/erasure.key' }`;
const USER = 'quillfeather-login';

let folder: string;
let configFile: string;
const said: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'daypass-audit-erase-'));
  configFile = join(folder, 'daypass.yaml');
  for (const part of ['catalog.yaml', 'policies', 'data'])
    cpSync(new URL(`../../examples/solo/${part}`, import.meta.url), join(folder, part), { recursive: true });
  writeFileSync(configFile, CONFIG.replace(/^keys: .*$/m, KEYS).replace('name: max,', `name: ${USER},`));
  const first = await openBroker({ configFile, dataFolder: folder, createKeys: true, onTrouble: () => undefined });
  await expectOk(first).close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  said.length = 0;
  vi.spyOn(console, 'log').mockImplementation((line: string) => void said.push(line));
});

const DOOR = (): string[] => ['--config', configFile];

async function personOfUser(): Promise<string> {
  const broker = expectOk(await openBroker({ configFile, dataFolder: folder, onTrouble: () => undefined }));
  try {
    const answer = await broker.fetch(new Request('http://broker/v1/people'), { kind: 'embedded', user: 'lee' });
    // The broker's own answer, as its contract says.
    const { people } = (await answer.json()) as { people: { name: string; person: string }[] };
    return people.find(({ name }) => name === 'Max Roth')?.person ?? '';
  } finally {
    await broker.close();
  }
}

it('says what it reaches, keeps what is held, and erases only what was confirmed', async () => {
  const person = await personOfUser();
  const state = join(folder, 'state');
  expect(filesHoldingText(state, USER)).toEqual(['broker.sqlite']);
  expect(await hold([person, '--reason', 'A matter', ...DOOR()])).toBe(0);
  expect(await holds(DOOR())).toBe(0);
  const id = /hld_[\w-]+/.exec(said.join('\n'))?.[0] ?? '';
  await expect(erase([person, '--reason', 'Asked', '--yes', ...DOOR()])).rejects.toThrow(/legal hold/);
  expect(await releaseHold([id, '--reason', 'Closed', ...DOOR()])).toBe(0);
  // Nobody is there to type it.
  await expect(erase([person, '--reason', 'Asked', ...DOOR()])).rejects.toThrow(/--yes/);
  expect(filesHoldingText(state, USER)).toEqual(['broker.sqlite']);
  expect(await erase([person, '--reason', 'Asked', '--yes', ...DOOR()])).toBe(0);
  expect(said.join('\n')).toMatch(/1 accounts that a pseudonym stands for[^]*erased: sub_[^]*self-attested/);
});

it('does not open a broker that somebody else has open, and takes no token as an argument', async () => {
  const running = expectOk(await openBroker({ configFile, dataFolder: folder, onTrouble: () => undefined }));
  try {
    await expect(erase(['per_x', '--reason', 'Asked', '--yes', ...DOOR()])).rejects.toThrow(/quit it first/);
  } finally {
    await running.close();
  }
  const team = ['--reason', 'Asked', '--yes', '--broker', 'http://daypass.example'];
  await expect(erase(['per_x', ...team, '--token', 'x'])).rejects.toThrow(/--token/);
  writeFileSync(join(folder, 'token'), 'not-a-token\n');
  await expect(erase(['per_x', ...team, '--token-file', join(folder, 'token')])).rejects.toThrow(/https/);
});
