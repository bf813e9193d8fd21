// Run as a process of its own and killed at any moment: a desktop that appends without end and syncs to the broker at
// URL. Writes each number to standard output once its transaction is durable.
import { readFileSync, writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { importJWK, type CryptoKey, type JWK } from 'jose';
import { deviceSigner } from '#electron/agent/outbox/device-signer.ts';
import { openOutbox } from '#electron/agent/outbox/open-outbox.ts';
import { startSync } from '#electron/agent/outbox/sync.ts';
import { createBrokerClient } from '#shared/client/broker-client.ts';
import { numberedOutboxEvent } from '#test/shared/log/outbox-samples.ts';
import { QUICK_TIMERS } from './open-synced.ts';
import { openAgentStore } from './open-test-outbox.ts';

const [databasePath, keyFile, baseUrl, now, firstNumber] = process.argv.slice(2);
if (databasePath === undefined || keyFile === undefined || baseUrl === undefined)
  throw new Error('usage: killed-desktop.ts DATABASE KEY_FILE URL NOW_MS FIRST_NUMBER');

// It is killed before it would leave to the next one what Node compiled.
flushCompileCache();
const { device, jwk } = JSON.parse(readFileSync(keyFile, 'utf8')) as { device: string; jwk: JWK };
const { d: _private, ...publicJwk } = jwk;
const privateKey = (await importJWK(jwk, 'EdDSA', { extractable: true })) as CryptoKey;
const deviceKey = { device, publicJwk, privateKey };
const clock = { now: () => Number(now) };
const store = await openAgentStore(databasePath);
const outbox = await openOutbox({ store, clock, bootId: `boot_${firstNumber}`, signer: deviceSigner(deviceKey) });
const client = createBrokerClient({ fetch: (request) => fetch(request), baseUrl, deviceKey, clock });
await startSync({ store, outbox, clock, timers: QUICK_TIMERS, pin: {}, client: () => client });

for (let number = Number(firstNumber); ; number += 1) {
  const id = `crd_${number}`;
  await store.transaction(async (tx) => {
    await tx.insertInto('copies').values({ id }).execute();
    await outbox.append(tx, numberedOutboxEvent(number));
  });
  writeSync(1, `${number}\n`);
}
