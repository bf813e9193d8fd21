// A whole team on PostgreSQL whose database is put back to a backup with `--restored`: a desktop with its real log is
// told how far back, gives back what the broker lost of it, once, and goes on.
import { randomUUID } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { DesktopState } from '#shared/contracts/desktop/state.ts';
import { createReplica } from '#test/support/team/replica.ts';
import { readRecord } from '#shared/audit/record-fields.ts';
import { FORM } from '#test/support/agent-world.ts';
import { expectOk } from '#test/support/broker-world.ts';
import { ANA } from '#test/support/oidc/accounts.ts';
import { openTeam, type Team } from '#test/support/team/open-team.ts';
import { openTeamDesk, signInAt, type TeamDesk } from '#test/support/team-desk.ts';

const BROKER = resolve(import.meta.dirname, '..', '..', '..', '..', 'build', 'broker.ts');

let team: Team;
let desk: TeamDesk;
beforeAll(async () => {
  team = await openTeam({ replicas: 1 });
  desk = await openTeamDesk({ account: ANA, managedBroker: team.replicas[0].url });
}, 240_000);
afterAll(async () => {
  await desk.dispose();
  await team[Symbol.asyncDispose]();
});

/** Replicas start while other specs run, and a desktop that found nobody waits longer each time: somebody presses Retry. */
async function shows<T>(look: (state: DesktopState) => T | null | undefined | false): Promise<T> {
  let looks = 0;
  return await vi.waitFor(
    async () => {
      const found = look(desk.agent.state());
      if (found !== null && found !== undefined && found !== false) return found;
      looks += 1;
      if (looks % 20 === 0) await desk.agent.commands.retry({ what: 'broker' });
      const { broker, sync, verification, connection } = desk.agent.state();
      throw new Error(JSON.stringify({ broker, sync, verification, connection }));
    },
    { timeout: 90_000, interval: 100 },
  );
}

async function checkOut(): Promise<void> {
  const wish = { ...FORM, durationMs: 600_000 };
  const { requestId } = expectOk(await desk.agent.commands.ask({ wish, attempt: randomUUID() }));
  const grant = await shows(({ grants }) =>
    grants.find((card) => card.requestId === requestId && card.phase === 'active'),
  );
  expectOk(await desk.agent.commands.done({ grantId: grant.grantId ?? '' }));
  await shows(({ grants }) => grants.length === 0);
}

const isSynced = async (): Promise<void> =>
  void (await shows(
    ({ sync, verification }) => sync.kind === 'synced' && verification.cosigned?.records === verification.records,
  ));

async function uidsAtBroker(): Promise<readonly string[]> {
  const rows = await team.postgres.query(
    'select canonical from desktop_records order by epoch, sequence',
    team.postgres.url('daypass'),
  );
  return rows.map(({ canonical }) => readRecord(String(canonical))?.uid ?? 'unreadable');
}

it('a restored database is announced to the desktop, which gives back its records and goes on', async () => {
  await signInAt(desk);
  await checkOut();
  await isSynced();
  const [replica] = team.replicas;
  await replica.stop();
  const copy = await team.postgres.freshDatabase(team.postgres.url('daypass'));
  await replica.start();
  await shows(({ broker }) => broker.kind === 'ready');
  await checkOut();
  await isSynced();
  const before = await uidsAtBroker();

  await replica.stop();
  await team.postgres.query('drop database daypass');
  await team.postgres.query(`create database daypass template ${new URL(copy).pathname.slice(1)} owner daypass`);
  // On another machine: nothing but the operator's word tells of it.
  await rm(join(dirname(replica.configFile), 'ledger-witness'), { force: true });
  const restored = createReplica({ ...replica, command: [BROKER, '--config', replica.configFile, '--restored'] });
  try {
    await restored.start();
    const told = await shows(({ verification }) => verification.restored);
    await isSynced();
    expect(told.keptRecords).toBeLessThan(told.seenRecords);
    expect(told.agreedRecords).toBeGreaterThan(0);
    const after = await uidsAtBroker();
    expect(after.slice(0, before.length)).toEqual(before);
    expect(new Set(after).size).toBe(after.length);
    expect(await shows(({ verification }) => verification.restored?.sentAgain)).toBeGreaterThan(0);
    expect(desk.agent.state().sync).toMatchObject({ kind: 'synced' });
    expectOk(await desk.agent.commands['accept-ledger'](null));
    await shows(({ verification }) => verification.restored === null);
    await checkOut();
    await isSynced();
  } finally {
    await restored.kill();
  }
}, 300_000);
