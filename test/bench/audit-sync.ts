// A desktop that was away for long comes back: how many records a second reach the broker, are checked, stored, put on
// record in its ledger and known to be cosigned. On SQLite desktop and broker share this process and its one thread; a
// team's broker on PostgreSQL is a process of its own.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSystemClock } from '#broker/clock.ts';
import { createBrokerClient } from '#shared/client/broker-client.ts';
import { createDeviceKey } from '#shared/device/device-proof.ts';
import { openBenchBroker } from '#test/support/bench-broker.ts';
import { bareInserts, type BenchSync, openBenchSync } from '#test/support/bench-sync.ts';
import { anotherAccount } from '#test/support/oidc/accounts.ts';
import { withoutLimits } from '#test/support/team/limits.ts';
import { openTeam } from '#test/support/team/open-team.ts';
import { type Bench, goal, rounded } from './measure.ts';

const WARM_UP = 2000;

export const run: Bench = async ({ records = '40000', store = 'both' }) => {
  const count = Number(records);
  const sqlite = await onSqlite(count);
  const postgres = store === 'sqlite' ? null : await onPostgres(count);
  const figures = rounded({
    records: count,
    'sqlite.perSecond': perSecond(count, sqlite.tookMs),
    'sqlite.timesTheFloor': sqlite.tookMs / sqlite.bareMs,
    ...(postgres !== null && { 'postgres.perSecond': perSecond(count, postgres) }),
  });
  const wanted = ['sqlite.perSecond', ...(postgres === null ? [] : ['postgres.perSecond'])];
  return {
    name: 'audit-sync',
    figures,
    floor: rounded({ 'bare.perSecond': perSecond(count, sqlite.bareMs) }),
    goals: wanted.map((figure) => goal(figures, figure, { atLeast: 5000 })),
  };
};

async function onSqlite(count: number): Promise<{ readonly tookMs: number; readonly bareMs: number }> {
  const broker = await openBenchBroker();
  try {
    const deviceKey = await createDeviceKey({ extractable: true });
    await using sync = await openBenchSync(broker.folder, deviceKey, await broker.client('ana', deviceKey));
    const tookMs = await measure(sync, count);
    return { tookMs, bareMs: bareInserts(broker.folder, await sync.newest(count)) };
  } finally {
    await broker.close();
  }
}

async function onPostgres(count: number): Promise<number> {
  const account = anotherAccount('far-away');
  await using team = await openTeam({
    replicas: 1,
    provider: { accounts: [account] },
    durable: true,
    edit: withoutLimits,
  });
  const folder = await mkdtemp(path.join(tmpdir(), 'daypass-bench-'));
  try {
    const deviceKey = await createDeviceKey({ extractable: true });
    const client = createBrokerClient({
      fetch: async (request) => await team.fetchAs(account, request),
      baseUrl: team.replicas[0].url,
      deviceKey,
      clock: createSystemClock(),
    });
    const enrolled = await client.enrolDevice();
    if (!enrolled.ok) throw new Error(enrolled.error.detail);
    await using sync = await openBenchSync(folder, deviceKey, client);
    return await measure(sync, count);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(sync: BenchSync, count: number): Promise<number> {
  await sync.fill(WARM_UP);
  await sync.sendAll();
  await sync.fill(count);
  return await sync.sendAll();
}

function perSecond(count: number, tookMs: number): number {
  return (1000 * count) / tookMs;
}
