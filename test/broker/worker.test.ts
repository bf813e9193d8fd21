// The embedded broker on its own thread, as the desktop will run it: started from files, called, reloaded, stopped.
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newLedgerKey } from '#broker/config/new-ledger-key.ts';
import { verifyExport } from '#shared/audit/verify-export.ts';
import { createBrokerClient } from '#shared/client/broker-client.ts';
import { createDeviceKey } from '#shared/device/device-proof.ts';
import { HOUR_MS } from '#shared/domain/time.ts';
import { startEmbeddedBroker, type EmbeddedBroker } from '#shared/port/embedded-broker.ts';
import { expectOk } from '#test/support/broker-world.ts';
import { onFreePorts, prepareSolo, type SoloFiles } from '../../build/solo/prepare.ts';

const ENTRY = new URL('../../broker/worker.ts', import.meta.url);
let folder: string;
let files: SoloFiles;
let troubles: string[];

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'daypass-worker-test-'));
  files = await onFreePorts(await prepareSolo(folder), 1);
  troubles = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const start = async () =>
  await startEmbeddedBroker({
    ...files,
    entry: ENTRY,
    onTrouble: (message, where) => troubles.push(`${where}: ${message}`),
  });

async function clientOf(broker: EmbeddedBroker, user: string) {
  const client = createBrokerClient({
    fetch: async (request) => await broker.fetch(request, user),
    baseUrl: 'http://broker.daypass.internal',
    deviceKey: await createDeviceKey(),
    clock: { now: () => Date.now() },
  });
  expectOk(await client.enrolDevice());
  return client;
}

const WISH = { resource: 'dataset:penguins', actions: ['read'], purpose: 'evaluation', durationMs: HOUR_MS };

describe('the embedded broker', () => {
  it('serves its users over the port, keeps grants over a restart, and exports a ledger that verifies', async () => {
    const first = expectOk(await start());
    const ana = await clientOf(first, 'ana');
    const request = expectOk(await ana.submit(WISH, randomUUID()));
    const { grant, credential } = expectOk(await ana.collect(request.id, randomUUID()));
    await first.close();
    const second = expectOk(await start());
    const url = `${second.gatewayUrl}/gateway/dataset/penguins/penguins.csv`;
    const opened = await fetch(url, { headers: { authorization: `Bearer ${credential.secret}` } });
    expect(opened.status).toBe(200);
    await opened.arrayBuffer();
    expect(second.ledgerKeyFingerprint).toBe(first.ledgerKeyFingerprint);
    const records = await second.exportLedger(path.join(folder, 'export'));
    const verified = await verifyExport({
      folder: path.join(folder, 'export'),
      keyFingerprint: second.ledgerKeyFingerprint,
    });
    expect(verified).toMatchObject({ ok: true, value: { verdict: 'verified', records } });
    expect(readFileSync(path.join(folder, 'export', 'log.jsonl'), 'utf8')).toContain(grant.id);
    await second.close();

    // A new key of the ledger is a new name of nothing: tokens, grants and the auditor's fingerprint go on.
    expect(await newLedgerKey(path.join(folder, 'keys'))).toBe('created');
    const third = expectOk(await start());
    expect(third.ledgerKeyFingerprint).not.toBe(first.ledgerKeyFingerprint);
    expect(third.ledgerOrigin).toBe(first.ledgerOrigin);
    const onceMore = await fetch(`${third.gatewayUrl}/gateway/dataset/penguins/penguins.csv`, {
      headers: { authorization: `Bearer ${credential.secret}` },
    });
    expect(onceMore.status).toBe(200);
    await onceMore.arrayBuffer();
    await third.exportLedger(path.join(folder, 'export'));
    for (const keyFingerprint of [first.ledgerKeyFingerprint, third.ledgerKeyFingerprint])
      expect(await verifyExport({ folder: path.join(folder, 'export'), keyFingerprint })).toMatchObject({ ok: true });
    await third.close();
    expect(troubles).toEqual([]);
  });

  it('names the people whom its configuration lists, in that order', async () => {
    const broker = expectOk(await start());
    expect(broker.people.map(({ user }) => user)).toEqual(['ana', 'jo', 'sam', 'kim', 'lee', 'olu']);
    expect(broker.people[0]).toEqual({ user: 'ana', name: 'Ana Lima' });
    await broker.close();
  });

  it('answers nobody that the configuration does not list', async () => {
    const broker = expectOk(await start());
    const response = await broker.fetch(new Request('http://broker.daypass.internal/v1/me'), 'mallory');
    expect(response.status).toBe(401);
    await broker.close();
  });

  it('refuses to start on a configuration with a fault, and names the line', async () => {
    appendFileSync(files.configFile, '\nsurprise: 1\n');
    const refused = await start();
    expect(refused).toMatchObject({ ok: false, error: { code: 'configuration_refused' } });
    expect(JSON.stringify(refused)).toMatch(/daypass\.yaml:\d+:\d+/);
  });

  it('refuses to start without its keys, and says which', async () => {
    rmSync(path.join(folder, 'keys', 'ledger.key'));
    const refused = await start();
    expect(refused).toMatchObject({ ok: false, error: { code: 'start_failed' } });
    expect(JSON.stringify(refused)).toContain('keys/ledger.key');
  });

  it('refuses a second broker on the same data, which would let in what the first has ended', async () => {
    const first = expectOk(await start());
    const second = await start();
    expect(second).toMatchObject({ ok: false, error: { code: 'in_use' } });
    expect(JSON.stringify(second)).toContain('another process uses');
    await first.close();
    await expectOk(await start()).close();
  });

  it('says that the gateway port is taken, and takes no other', async () => {
    const first = expectOk(await start());
    const port = new URL(first.gatewayUrl).port;
    const text = readFileSync(files.configFile, 'utf8');
    writeFileSync(files.configFile, text.replace(/port: \d+/, `port: ${port}`));
    const other = await prepareSolo(path.join(folder, 'other'));
    const second = await startEmbeddedBroker({
      ...other,
      configFile: files.configFile,
      entry: ENTRY,
      onTrouble: () => undefined,
    });
    expect(second).toMatchObject({ ok: false, error: { code: 'gateway_port_taken' } });
    expect(JSON.stringify(second)).toContain(port);
    await first.close();
  });

  it('takes a changed policy by reload, and refuses a broken one with its line while the old stays', async () => {
    const broker = expectOk(await start());
    const ana = await clientOf(broker, 'ana');
    const policies = path.join(path.dirname(files.configFile), 'policies');
    writeFileSync(
      path.join(policies, 'broken.cedar'),
      '@id("x") @title("X")\nforbid (principal, action, resource) when { context.tpyo };',
    );
    const refused = await broker.reload('lee');
    expect(refused.ok).toBe(false);
    expect(JSON.stringify(refused)).toMatch(/broken\.cedar:2:\d+/);
    expect(expectOk(await ana.dryRun(WISH)).decision.outcome).toBe('approved');
    writeFileSync(
      path.join(policies, 'broken.cedar'),
      '@id("x") @title("Closed today")\nforbid (principal, action, resource);',
    );
    expectOk(await broker.reload('lee'));
    const denied = await ana.dryRun(WISH);
    expect(denied.ok ? denied.value.decision.outcome : denied.error.code).toMatch(/denied|not_found/);
    await broker.close();
  });
});
