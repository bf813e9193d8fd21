// A desktop is killed at any moment while it appends and syncs, the broker restarted in between: nothing is lost.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exportJWK } from 'jose';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { verifyExport } from '#shared/audit/verify-export.ts';
import { openWorld, type World } from '#test/support/broker-world.ts';
import { atBroker, kindsOf, numbersOf, openSynced, uidsOf } from './open-synced.ts';
import { rowCount } from './open-test-outbox.ts';

const DESKTOP = fileURLToPath(new URL('./killed-desktop.ts', import.meta.url));
const KILLS = 24;
const DEVICE = 'laptop';

let world: World;
let server: Server;
let url: string;

beforeAll(async () => {
  world = await openWorld();
  server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const headers = new Headers(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
      const { method = 'GET' } = incoming;
      const body = method === 'GET' ? null : Buffer.concat(chunks);
      const answer = async (): Promise<void> => {
        const response = await world.call(new Request(`${url}${incoming.url}`, { method, headers, body }), 'ana');
        outgoing.writeHead(response.status, Object.fromEntries(response.headers));
        outgoing.end(Buffer.from(await response.arrayBuffer()));
      };
      // The broker is being restarted.
      answer().catch(() => outgoing.destroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no address');
  url = `http://127.0.0.1:${address.port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await world.close();
});

/** Runs the desktop and kills it (SIGKILL) a random while after its first record. Gives what it had acknowledged. */
async function runUntilKilled(keyFile: string, first: number): Promise<number[]> {
  const path = join(world.folder, `${DEVICE}.db`);
  const child = spawn(process.execPath, [DESKTOP, path, keyFile, url, `${world.clock.now()}`, `${first}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    if (output === '') setTimeout(() => child.kill('SIGKILL'), Math.random() * 150);
    output += chunk.toString();
  });
  const signal = await new Promise((resolve) => child.on('close', (_code, killedBy) => resolve(killedBy)));
  expect(signal).toBe('SIGKILL');
  // The last line may be cut by the kill.
  return output.split('\n').slice(0, -1).map(Number);
}

it('a desktop killed again and again loses no record that was durable, and doubles none', async () => {
  await world.as('ana', DEVICE);
  const key = await world.deviceKey('ana', DEVICE);
  const keyFile = join(world.folder, 'device.json');
  writeFileSync(keyFile, JSON.stringify({ device: key.device, jwk: await exportJWK(key.privateKey) }), { mode: 0o600 });
  const acknowledged: number[] = [];
  for (let round = 0; round < KILLS; round += 1) {
    const killed = runUntilKilled(keyFile, round * 100_000);
    if (round % 6 === 5) {
      await world.stop();
      await world.start();
    }
    acknowledged.push(...(await killed));
  }
  // Much of it came through between the kills, or the rest would prove little.
  expect((await atBroker(world, DEVICE)).length).toBeGreaterThan(KILLS);
  const synced = await openSynced(world, { device: DEVICE });
  await vi.waitFor(
    async () => expect(synced.sync.verification().cosigned?.records).toBe(await synced.outbox.records()),
    { timeout: 30_000, interval: 20 },
  );
  const there = await atBroker(world, DEVICE);
  const numbers = new Set(numbersOf(there));
  expect(acknowledged.length).toBeGreaterThan(KILLS);
  expect(acknowledged.filter((number) => !numbers.has(number))).toEqual([]);
  // Intent and record are one: each row has its record, and no record is without its row.
  expect(await rowCount(synced.store, 'copies')).toBe(numbers.size);
  expect(new Set(uidsOf(there)).size).toBe(there.length);
  expect(kindsOf(there).filter((kind) => kind === 'epoch.opened' || kind === 'checkpoint.regressed')).toEqual([]);
  expect(await rowCount(synced.store, 'outbox_old_epochs')).toBe(0);
  expect(synced.sync.state().kind).toBe('synced');
  await synced.outbox.exportTo(join(world.folder, 'export'));
  const { fingerprint } = synced.outbox.log()?.signer.publicKey ?? { fingerprint: '' };
  const verified = await verifyExport({ folder: join(world.folder, 'export'), keyFingerprint: fingerprint });
  expect(verified).toMatchObject({ ok: true, value: { verdict: 'verified', records: there.length } });
  await synced.close();
}, 180_000);
