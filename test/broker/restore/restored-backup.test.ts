// A backup that is put back brings nothing back to life: not a grant that was revoked since, not a credential, not a
// request; and what the log had signed since then is named, not hidden.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCheckpoint } from '#shared/audit/checkpoint.ts';
import { logSigner } from '#shared/audit/log-key.ts';
import { verifyExport } from '#shared/audit/verify-export.ts';
import { MINUTE_MS } from '#shared/domain/time.ts';
import { expectOk, newKey, openWorld, type World } from '#test/support/broker-world.ts';
import { backUpStore } from '#test/support/test-store.ts';
import { activeGrant, approvedRequest, pendingRequest } from '#test/broker/http/calls.ts';

const SCRIPT = fileURLToPath(new URL('../../../docs/verify-export.sh', import.meta.url));

let world: World;
/** For what a test writes. */
let backup: string;
let putStoreBack: () => Promise<void>;
let witnessFile: string;
beforeEach(async () => {
  world = await openWorld();
  backup = mkdtempSync(join(tmpdir(), 'daypass-backup-'));
  witnessFile = join(world.folder, 'ledger-witness');
  await world.stop();
  await world.start({ witnessFile });
});
afterEach(async () => {
  await world.close();
  rmSync(backup, { recursive: true, force: true });
});

/** A copy of the stopped broker's database. */
async function takeBackup(): Promise<void> {
  await world.stop();
  putStoreBack = await backUpStore(join(world.folder, 'state', 'broker.sqlite'));
  await world.start({ witnessFile });
}

/** The database as it was, and nothing else: the witness lies elsewhere. */
async function putBack(start: Parameters<World['start']>[0]): Promise<void> {
  await world.stop();
  await putStoreBack();
  await world.start(start);
}

async function atGateway(token: string): Promise<number> {
  const answer = await fetch(`${world.broker().gatewayUrl}/gateway/dataset/weather/seattle-weather.csv`, {
    headers: { authorization: `Bearer ${token}` },
  });
  await answer.arrayBuffer();
  return answer.status;
}

const head = async () => {
  const note = (await world.broker().ledger.checkpoint()) ?? '';
  const opened = expectOk(openCheckpoint(note, logSigner(world.keys.ledger).publicKey));
  return { note, ...opened, root: opened.root.toString('base64') };
};

async function epochsOpened(): Promise<readonly Record<string, unknown>[]> {
  const { records } = expectOk(await (await world.as('lee')).records({ limit: 1000 }));
  return records.flatMap(({ record }) => {
    const { metadata, unmapped } = record as {
      metadata: { event_code: string };
      unmapped: { data: Record<string, unknown> };
    };
    return metadata.event_code === 'ledger.epoch_opened' ? [unmapped.data] : [];
  });
}

describe.each([
  ['when its operator says so', () => ({ restored: true })],
  ['when the witness beside it knows more', () => ({ witnessFile })],
] as const)('a restored backup, %s', (_how, start) => {
  it('resurrects no grant, no credential and no request', async () => {
    const revoked = await activeGrant(world, 'ana');
    const kept = await activeGrant(world, 'kim');
    const approved = await approvedRequest(world, 'ana');
    const pending = await pendingRequest(world, 'ana');
    await takeBackup();
    expectOk(await (await world.as('lee')).revoke(revoked.id, 'Compromised'));
    expectOk(await (await world.as('ana')).collect(approved.id, newKey()));
    const later = await activeGrant(world, 'max');
    expect(await atGateway(later.token)).toBe(200);
    await putBack(start());

    for (const { token } of [revoked, kept, later]) expect(await atGateway(token)).toBe(401);
    const ana = await world.as('ana');
    expect(expectOk(await ana.grants()).grants).toEqual([expect.objectContaining({ id: revoked.id, state: 'ended' })]);
    expect(await ana.collect(approved.id, newKey())).toMatchObject({ ok: false });
    expect(expectOk(await ana.request(approved.id))).toMatchObject({ state: 'revoked', closeCode: 'restored' });
    expect(expectOk(await ana.request(pending.id))).toMatchObject({ state: 'withdrawn', closeCode: 'restored' });
    const fresh = await activeGrant(world, 'ana');
    expect(await atGateway(fresh.token)).toBe(200);
    await world.stop();
    await world.start({ witnessFile });
    expect(await atGateway(fresh.token)).toBe(200);
    expect(await epochsOpened()).toHaveLength(1);
  });
});

describe('the ledger of a restored backup', () => {
  it('goes on under a new name and names what is lost', async () => {
    await activeGrant(world, 'ana');
    const inBackup = await head();
    await takeBackup();
    for (let more = 0; more < 2; more += 1) await activeGrant(world, 'max');
    await world.stop();
    await world.start({ witnessFile });
    await world.broker().ledger.settled();
    const lost = await head();
    await putBack({ witnessFile });
    const after = await head();
    expect(after.origin).not.toBe(lost.origin);
    const [opened] = await epochsOpened();
    expect(opened).toMatchObject({ previousOrigin: lost.origin, previousEpoch: 1 });
    const { kept, lastKnown } = opened as Record<'kept' | 'lastKnown', { size: number }>;
    expect(kept.size).toBeLessThan(lastKnown.size);
    expect(lastKnown.size).toBeGreaterThanOrEqual(lost.size);

    // As long as the lost log was, so that only its content can tell.
    while ((await head()).size <= lost.size) await activeGrant(world, 'max');
    const folder = join(backup, 'export');
    await world.broker().ledger.exportTo(folder);
    const { keyFingerprint } = world.broker().ledger;
    const since = async (sinceCheckpoint: string) => await verifyExport({ folder, keyFingerprint, sinceCheckpoint });
    expect(await verifyExport({ folder, keyFingerprint })).toMatchObject({ ok: true, value: { verdict: 'verified' } });
    // What was signed and is in the backup is still there; what was signed later is not, and cannot be passed over.
    expect(await since(inBackup.note)).toMatchObject({ ok: true, value: { continuesOld: true } });
    expect(await since(lost.note)).toMatchObject({ ok: false, error: { code: 'history_rewritten' } });
    const script = async (old: string) => {
      writeFileSync(join(backup, 'old'), old);
      const args = [SCRIPT, folder, keyFingerprint, join(backup, 'old')];
      return await promisify(execFile)('bash', args).then(
        ({ stdout }) => stdout,
        (error: { stderr: string }) => error.stderr,
      );
    };
    expect(await script(inBackup.note)).toMatch(/^verified/);
    expect(await script(lost.note)).toMatch(/^refused: the first \d+ records are not those of the old checkpoint/);
  });

  it('never signs two trees under one name, however often the same backup is put back', async () => {
    await takeBackup();
    const names = new Set([(await head()).origin]);
    for (let time = 0; time < 2; time += 1) {
      await putBack({ restored: true });
      names.add((await head()).origin);
    }
    expect(names.size).toBe(3);
  });
});

it('a stop in the middle of it is gone on with at the next start', async () => {
  const { token } = await activeGrant(world, 'ana');
  await world.store().transaction(async (tx) => {
    await tx.insertInto('restores').values({ origin: 'cut short', opened_at_ms: 1, settled_at_ms: null }).execute();
  });
  await world.stop();
  await world.start({ witnessFile });
  expect(await atGateway(token)).toBe(401);
  expect(expectOk(await (await world.as('ana')).grants()).grants[0]).toMatchObject({ state: 'ended' });
});

it('an ordinary restart ends nothing', async () => {
  const { token } = await activeGrant(world, 'ana');
  world.clock.advance(MINUTE_MS);
  await world.stop();
  await world.start({ witnessFile });
  expect(await atGateway(token)).toBe(200);
  expect(await epochsOpened()).toEqual([]);
});
