// How many full check-outs a second a team's broker does on PostgreSQL, with one replica and with two, against the sum
// of what physically must happen for each of them on this machine in the same run. The people who ask run here too.
import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import { openBenchParts } from '#test/support/bench-parts.ts';
import { APPROVED } from '#test/support/bench-broker.ts';
import { expectOk } from '#test/support/broker-world.ts';
import { anotherAccount } from '#test/support/oidc/accounts.ts';
import { withoutLimits } from '#test/support/team/limits.ts';
import { openTeam, type Team } from '#test/support/team/open-team.ts';
import type { Replica } from '#test/support/team/replica.ts';
import { type Bench, goal, median, p99, rounded, timeEach } from './measure.ts';

/**
 * What each check-out needs. Commits: the request, the intent to issue, the active grant; the device's two proofs and
 * the token are signed; two sign-ins and two proofs are verified; policy is asked twice.
 */
const COMMITS = 3;
const SIGNED = 3;
const VERIFIED = 4;
const DECIDED = 2;

export const run: Bench = async ({ seconds = '10', people = '32' }) => {
  const accounts = Array.from({ length: Number(people) }, (_, index) => anotherAccount(`person-${index}`));
  await using team = await openTeam({ replicas: 2, provider: { accounts }, durable: true, edit: withoutLimits });
  const [one, two] = team.replicas;
  if (two === undefined) throw new Error('two replicas were asked for');
  const forMs = Number(seconds) * 1000;
  const load = async (replicas: readonly Replica[], ms: number) => await checkOuts(team, accounts, replicas, ms);
  await load([one, two], 2000);
  const alone = await load([one], forMs);
  const parts = await sumOfParts(team, accounts.length);
  const both = await load([one, two], forMs);
  const figures = rounded({
    perSecond: alone.perSecond,
    p50Ms: median(alone.samplesMs),
    p99Ms: p99(alone.samplesMs),
    twoPerSecond: both.perSecond,
    twoP99Ms: p99(both.samplesMs),
    timesTheParts: 1000 / alone.perSecond / parts.totalMs,
  });
  return {
    name: 'team-checkout',
    figures,
    floor: rounded(parts),
    goals: [goal(figures, 'perSecond', { atLeast: 150 }), goal(figures, 'timesTheParts', { atMost: 2 })],
  };
};

type Load = { readonly perSecond: number; readonly samplesMs: readonly number[] };

/** Everybody checks out, one after the other, as fast as they are answered. */
async function checkOuts(
  team: Team,
  accounts: readonly ReturnType<typeof anotherAccount>[],
  replicas: readonly Replica[],
  forMs: number,
): Promise<Load> {
  const clients = await Promise.all(
    accounts.map(async (account, index) => await team.client(account, replicas[index % replicas.length])),
  );
  const samplesMs: number[] = [];
  const startedMs = performance.now();
  await Promise.all(
    clients.map(async (client) => {
      while (performance.now() - startedMs < forMs) {
        const beginMs = performance.now();
        const request = expectOk(await client.submit(APPROVED, randomUUID()));
        expectOk(await client.collect(request.id, randomUUID()));
        samplesMs.push(performance.now() - beginMs);
      }
    }),
  );
  return { perSecond: samplesMs.length / ((performance.now() - startedMs) / 1000), samplesMs };
}

/** Per check-out, in ms of the whole machine: commits at the same concurrency, and what is computed, one at a time. */
async function sumOfParts(
  { storeUrl, files }: Team,
  lanes: number,
): Promise<Record<string, number> & { totalMs: number }> {
  const commitMs = 1000 / (await commitsPerSecond(storeUrl, lanes));
  const parts = await openBenchParts(files.folder);
  try {
    const each = async (name: 'sign' | 'verify' | 'decide'): Promise<number> =>
      median(await timeEach(200, () => Promise.resolve(parts.work[name]())));
    const [signMs, verifyMs, decideMs] = [await each('sign'), await each('verify'), await each('decide')];
    const totalMs = COMMITS * commitMs + SIGNED * signMs + VERIFIED * verifyMs + DECIDED * decideMs;
    return { commitMs, signMs, verifyMs, decideMs, totalMs };
  } finally {
    parts.close();
  }
}

/** Serialisable transactions of a few rows, each durable, so many at once. */
async function commitsPerSecond(url: string, lanes: number): Promise<number> {
  const pool = new Pool({ connectionString: url, max: Math.min(lanes, 20) });
  const body = 'x'.repeat(1000);
  try {
    await pool.query('create table bench_floor (id bigserial primary key, body text)');
    const startedMs = performance.now();
    let done = 0;
    await Promise.all(
      Array.from({ length: lanes }, async () => {
        while (performance.now() - startedMs < 3000) {
          const client = await pool.connect();
          await client.query('begin isolation level serializable');
          for (let row = 0; row < 4; row += 1) await client.query('insert into bench_floor (body) values ($1)', [body]);
          await client.query('commit');
          client.release();
          done += 1;
        }
      }),
    );
    return done / ((performance.now() - startedMs) / 1000);
  } finally {
    await pool.query('drop table if exists bench_floor');
    await pool.end();
  }
}
