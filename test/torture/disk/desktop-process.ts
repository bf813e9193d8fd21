// The core of a desktop as a process of its own, on a disk that may fail under it: the real store, vault, log and sync;
// the keychain lies in files elsewhere. Does what it is asked, and is killed.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { importJWK, type CryptoKey, type JWK } from 'jose';
import { openAgentStore } from '#electron/agent/agent-store.ts';
import { systemTimers } from '#electron/agent/clock.ts';
import { deviceSigner } from '#electron/agent/outbox/device-signer.ts';
import { openOutbox } from '#electron/agent/outbox/open-outbox.ts';
import { startSync } from '#electron/agent/outbox/sync.ts';
import { createDeadlines } from '#electron/agent/time/deadlines.ts';
import { openVault } from '#electron/agent/vault/open-vault.ts';
import { createBrokerClient } from '#shared/client/broker-client.ts';
import { createHandClipboard } from '#test/support/hand-clipboard.ts';
import { fileKeychain } from './file-keychain.ts';
import type { Asked, DeskAnswer, ToldDesk } from './told-desk.ts';

const LONGEST_WAIT_MS = 100;

// Only the test writes this command line.
const told = JSON.parse(process.argv[2] ?? '') as ToldDesk;
let { clockMs } = told;
const clock = { now: () => Date.now() + clockMs };
const timers = {
  after: (delayMs: number, run: () => void) => systemTimers.after(Math.min(delayMs, LONGEST_WAIT_MS), run),
};
const { device, jwk } = JSON.parse(readFileSync(told.keyFile, 'utf8')) as { device: string; jwk: JWK };
const { d: _private, ...publicJwk } = jwk;
// A private Ed25519 JWK gives a key, never bytes.
const privateKey = (await importJWK(jwk, 'EdDSA', { extractable: true })) as CryptoKey;
const deviceKey = { device, publicJwk, privateKey };
const client = createBrokerClient({ fetch: (request) => fetch(request), baseUrl: told.url, deviceKey, clock });

const store = await openAgentStore(told.folder, () => undefined);
const bootId = `boot_${process.pid}`;
const outbox = await openOutbox({ store, clock, bootId, signer: deviceSigner(deviceKey) });
const deadlines = createDeadlines({ now: clock.now, timers });
const vault = openVault({
  store,
  appendRecord: outbox.append,
  keychain: fileKeychain(told.keychain),
  clipboard: createHandClipboard(),
  time: { now: clock.now, anchor: async () => undefined },
  deadlines,
  log: { info: () => undefined, trouble: () => undefined },
});
await vault.recover();
const sync = await startSync({ store, outbox, clock, timers, pin: {}, client: () => client });

async function answerTo(asked: Asked): Promise<unknown> {
  switch (asked.what) {
    case 'check_out': {
      const { requestId } = asked;
      const order = { client, user: 'ana', subject: 'sub_ana', requestId, resource: 'dataset:penguins' };
      const done = await vault.checkOut({ ...order, allowMemory: false });
      return done.ok ? 'ok' : done.error.code;
    }
    case 'set_clock':
      ({ clockMs } = asked);
      deadlines.recheck();
      await vault.recheck();
      return null;
    case 'look':
      return { copies: vault.copies().map(({ state }) => state), diskFull: store.diskFull() };
    case 'is_synced':
      return sync.state().kind === 'synced' && sync.verification().cosigned?.records === (await outbox.records());
    case 'export': {
      const { result } = await sync.verifyNow();
      await outbox.exportTo(path.join(told.keychain, '..', 'export'));
      return result;
    }
  }
}

process.on('message', ({ id, asked }: { id: number; asked: Asked }) => {
  answerTo(asked).then(
    (value) => process.send?.({ id, value } satisfies DeskAnswer),
    (error: unknown) => process.send?.({ id, value: `threw ${String(error)}` } satisfies DeskAnswer),
  );
});
process.on('disconnect', () => process.exit(1));
process.send?.({ id: 0, value: 'ready' } satisfies DeskAnswer);
