// Exports of a desktop's earlier epochs, out of its own database and out of the broker's: each verifies by itself, also
// without this program, and `verify` shows that they follow each other.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { readKnown } from '#electron/agent/outbox/sync-row.ts';
import { pruneOutbox } from '#electron/agent/outbox/prune-outbox.ts';
import { DAY_MS } from '#shared/domain/time.ts';
import { openSynced, type Synced } from '#test/electron/agent/outbox/open-synced.ts';
import { appendNumbered } from '#test/electron/agent/outbox/open-test-outbox.ts';
import { openWorld, type World } from '#test/support/broker-world.ts';
import { runExport } from '../../build/audit/export.ts';
import { runVerify } from '../../build/audit/verify.ts';

const SCRIPT = path.resolve(import.meta.dirname, '../../docs/verify-export.sh');
const PATIENCE = { timeout: 60_000, interval: 5 };
let world: World;
const to = (name: string): string => path.join(world.folder, name);

async function isSynced({ store, outbox }: Synced): Promise<void> {
  await vi.waitFor(async () => {
    const { cosigned } = await readKnown(store.read, outbox.log());
    expect(cosigned?.records).toBe(await outbox.records());
  }, PATIENCE);
}

beforeAll(async () => {
  world = await openWorld();
  mkdirSync(to('desk'));
  const file = 'desk/agent.sqlite';
  const first = await openSynced(world, { device: 'first', file });
  await appendNumbered(first, 0, 4);
  await isSynced(first);
  const { witnessedRoot: root, cursor: size } = await readKnown(first.store.read, first.outbox.log());
  const witnessed = { epoch: 1, size, root };
  const carryFrom = { epoch: 1, sequence: size };
  await first.outbox.openEpoch({ code: 'restored', epoch: 2, witnessed, carryFrom, except: new Set() });
  await appendNumbered(first, 4, 6);
  await isSynced(first);
  await first.close();
  // Another key: another name, and its epochs count from one again.
  const second = await openSynced(world, { device: 'second', file });
  await appendNumbered(second, 6, 8);
  await isSynced(second);
  const { store, outbox } = second;
  const parts = { store, outbox, clock: world.clock, delivered: async () => ({ kind: 'no_sinks' }) as const };
  await pruneOutbox(parts, DAY_MS);
  world.clock.advance(100 * DAY_MS);
  expect(await pruneOutbox(parts, DAY_MS)).toBe(6);
  await outbox.log()?.settled();
  await isSynced(second);
  await second.close();
  await world.stop();
});
afterAll(async () => await world.close());

async function run(command: (args: readonly string[]) => Promise<number>, ...args: string[]) {
  const lines: string[] = [];
  const take = (line: unknown): void => void lines.push(String(line));
  const spies = (['log', 'error'] as const).map((name) => vi.spyOn(console, name).mockImplementation(take));
  try {
    return { code: await command(args), says: lines.join('\n') };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

it('the desktop’s: all of them, pruned as they are, shown to follow each other over a change of the key', async () => {
  const done = await run(runExport, '--data', to('desk'), '--log', 'desktop', '--to', to('all'));
  expect(done.code).toBe(0);
  expect(done.says).toMatch(/earlier\/1: 4 records, 4 pruned, of .*: follows nothing that is known/);
  expect(done.says).toMatch(/earlier\/2: epoch 2, 3 records, 2 pruned, of .*: shown to follow earlier\/1/);
  expect(done.says).toMatch(/last part: epoch 1, 4 records, of .*: shown to follow earlier\/2/);
  const { code, says } = await run(runVerify, to('all'), '--json');
  expect(code).toBe(0);
  const { epochs } = JSON.parse(says) as { epochs: { origin: string; fingerprint: string }[] };
  expect(new Set(epochs.map(({ origin }) => origin)).size).toBe(2);
  for (const [index, { fingerprint }] of epochs.entries()) {
    const folder = index === 2 ? to('all') : path.join(to('all'), 'earlier', String(index + 1));
    expect(execFileSync(SCRIPT, [folder, fingerprint], { encoding: 'utf8' })).toContain('verified');
  }
});

it('the broker’s: every desktop by itself, whole where the desktop pruned', async () => {
  const done = await run(runExport, '--data', to('state'), '--log', 'desktops', '--to', to('desktops'));
  expect(done.says).toMatch(/earlier\/1: epoch 1, 4 records, of /);
  expect(done.code).toBe(0);
  expect(done.says.match(/written to/g)).toHaveLength(2);
});

it.each([
  ['an epoch that was taken away is not shown', 1, 0, /not shown: it follows epoch 2 of .*, which is not here/],
  ['one that is there twice is refused', 0, 1, /the last part is no epoch of this log/],
  ['a changed one is refused', 2, 1, /earlier\/2: record 1/],
])('%s', async (_name, what, code, says) => {
  const folder = to(`tampered-${what}`);
  cpSync(to('all'), folder, { recursive: true });
  const second = path.join(folder, 'earlier', '2');
  if (what === 1) cpSync(path.join(folder, 'earlier', '1'), second, { recursive: true });
  if (what === 0)
    for (const file of ['log.jsonl', 'leaves', 'checkpoint', 'log.pem'])
      cpSync(path.join(folder, file), path.join(second, file));
  if (what === 2) {
    const lines = readFileSync(path.join(second, 'log.jsonl'), 'utf8').split('\n');
    writeFileSync(path.join(second, 'log.jsonl'), lines.with(1, '{"leaf":"x"}').join('\n'));
  }
  const done = await run(runVerify, folder);
  expect(done.says).toMatch(says);
  expect(done.code).toBe(code);
});
