// A desktop whose disk fails under it: no access is given, every wipe is done, and what could not be written is closed
// when the disk is well again, by the program that runs or by the next start. Nothing is lost or doubled.
import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exportJWK } from 'jose';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { deviceSigner } from '#electron/agent/outbox/device-signer.ts';
import { readRecord } from '#shared/audit/record-fields.ts';
import { verifyExport } from '#shared/audit/verify-export.ts';
import { HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';
import { atBroker, kindsOf, uidsOf } from '#test/electron/agent/outbox/open-synced.ts';
import { expectOk, newKey, openWorld, type World } from '#test/support/broker-world.ts';
import { diskFault, FAULTS, isLeftOut, mountSmallDisk } from './bad-disk.ts';
import { type Desk, startDesk } from './desk.ts';
import { accountsIn } from './file-keychain.ts';

const PATIENCE = { timeout: 60_000, interval: 20 };
const desktopLook = z.object({ copies: z.array(z.string()), diskFull: z.boolean() });
const WISH = { resource: 'dataset:penguins', actions: ['read'], purpose: 'evaluation' };

let world: World;
let server: Server;
let url: string;
let clockMs = 0;
const clock = {
  now: () => Date.now() + clockMs,
  set: () => undefined,
  advance: (byMs: number) => void (clockMs += byMs),
};

beforeAll(async () => {
  world = await openWorld({ clock });
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
      // The desktop was killed meanwhile.
      answer().catch(() => outgoing.destroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // A TCP server has an address of this kind.
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await world.close();
});

for (const fault of FAULTS) {
  const leftOut = isLeftOut(fault);
  const name = `grants nothing, wipes, and closes the gap: ${fault}`;
  it.skipIf(leftOut !== null)(
    leftOut === null ? name : `${name}: left out, because ${leftOut}`,
    { timeout: 240_000 },
    async () => {
      await using ending = new AsyncDisposableStack();
      const folder = mkdtempSync(path.join(tmpdir(), 'daypass-disk-'));
      ending.defer(() => rmSync(folder, { recursive: true, force: true }));
      const data = path.join(folder, 'data');
      const keychain = path.join(folder, 'keychain');
      mkdirSync(data, { mode: 0o700 });
      ending.defer(mountSmallDisk(data, '1m'));
      const device = fault.replaceAll(/\W/g, '-');
      const ana = await world.as('ana', device);
      const key = await world.deviceKey('ana', device);
      const keyFile = path.join(folder, 'device.json');
      writeFileSync(keyFile, JSON.stringify({ device: key.device, jwk: await exportJWK(key.privateKey) }), {
        mode: 0o600,
      });
      let desk: Desk = await startDesk({ folder: data, keychain, keyFile, url, clockMs });
      ending.defer(async () => await desk.kill());
      const broken = diskFault(fault, desk.pid, data, 'agent.sqlite');
      const asked = async (durationMs: number): Promise<string> =>
        expectOk(await ana.submit({ ...WISH, durationMs }, newKey())).id;
      const checkOut = async (requestId: string): Promise<unknown> => await desk.ask({ what: 'check_out', requestId });
      const passes = async (byMs: number): Promise<void> => {
        clock.advance(byMs);
        await desk.ask({ what: 'set_clock', clockMs });
      };
      const holds = (count: number): void =>
        expect(accountsIn(keychain).filter((account) => account.startsWith('copy:'))).toHaveLength(count);
      const copies = async (states: readonly string[]): Promise<void> =>
        await vi.waitFor(
          async () => expect(await desk.ask({ what: 'look' })).toMatchObject({ copies: states }),
          PATIENCE,
        );

      expect(await checkOut(await asked(HOUR_MS))).toBe('ok');
      expect(await checkOut(await asked(2 * HOUR_MS))).toBe('ok');
      holds(2);
      // It breaks: nothing new, and the one that ends is gone though that cannot be written.
      const third = await asked(4 * HOUR_MS);
      const mend = await broken();
      expect(await checkOut(third)).toBe('not_recorded');
      expect(expectOk(await ana.request(third)).state).toBe('approved');
      await passes(HOUR_MS + MINUTE_MS);
      await vi.waitFor(() => holds(1), PATIENCE);
      // A full disk may have room for a small record in the journal that the database has there already.
      const isWhole = fault !== 'no room';
      const wiped = isWhole ? [['wiping', 'stored']] : [['wiping', 'stored'], ['stored']];
      // The keychain is empty before the try to write that down has failed.
      await vi.waitFor(async () => {
        const seen = desktopLook.parse(await desk.ask({ what: 'look' }));
        expect(wiped).toContainEqual(seen.copies);
        if (isWhole) expect(seen.diskFull).toBe(true);
      }, PATIENCE);
      // It is well again: what was done is written now.
      await mend();
      await copies(['stored']);
      // It breaks again, and the program is killed before it is well: the next start knows only between when it was.
      const mendLater = await broken();
      await passes(HOUR_MS);
      await vi.waitFor(() => holds(0), PATIENCE);
      if (isWhole) await copies(['wiping']);
      await desk.kill();
      await mendLater();
      clock.advance(MINUTE_MS);
      desk = await startDesk({ folder: data, keychain, keyFile, url, clockMs });
      await copies([]);
      expect(await checkOut(third)).toBe('ok');
      holds(1);
      await vi.waitFor(async () => expect(await desk.ask({ what: 'is_synced' })).toBe(true), PATIENCE);
      expect(await desk.ask({ what: 'export' })).toBe('verified');

      const { fingerprint } = deviceSigner(key).publicKey;
      const verified = expectOk(
        await verifyExport({ folder: path.join(folder, 'export'), keyFingerprint: fingerprint }),
      );
      const there = await atBroker(world, device);
      expect(verified).toMatchObject({ verdict: 'verified', records: there.length });
      expect(new Set(uidsOf(there)).size).toBe(there.length);
      const count = (kind: string): number => kindsOf(there).filter((found) => found === kind).length;
      expect([count('copy.intended'), count('copy.stored'), count('epoch.opened')]).toEqual([3, 3, 0]);
      const wipes = there.filter((record) => readRecord(record)?.kind === 'wipe.done');
      const bounds = wipes.map(
        (record) => (JSON.parse(record) as { unmapped: { data: { timeBounded: unknown } } }).unmapped.data.timeBounded,
      );
      const bounded: unknown = { notBeforeMs: expect.any(Number), notAfterMs: expect.any(Number) };
      expect(bounds).toEqual([null, !isWhole && bounds[1] === null ? null : bounded]);
      expect(expectOk(await ana.grants({ state: 'active' })).grants).toHaveLength(1);
      for (const { id } of expectOk(await ana.grants({ state: 'active' })).grants) expectOk(await ana.release(id));
    },
  );
}
