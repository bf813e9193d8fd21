// A thousand desktops with an open stream at one replica: what each costs in memory, and how long until the last of them
// heard of a request that all of them may answer. The desktops are in this process, so they take their share too.
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { HOUR_MS } from '#shared/domain/time.ts';
import { expectOk } from '#test/support/broker-world.ts';
import { ANA, anotherAccount, type Account } from '#test/support/oidc/accounts.ts';
import { follow } from '#test/support/team/follow.ts';
import { withoutLimits } from '#test/support/team/limits.ts';
import { openTeam, type Team } from '#test/support/team/open-team.ts';
import type { Replica } from '#test/support/team/replica.ts';
import { type Bench, median, rounded, timeOnce } from './measure.ts';

const CONFIDENTIAL = {
  resource: 'dataset:legislators',
  actions: ['read'],
  purpose: 'evaluation',
  justification: 'To measure.',
  durationMs: HOUR_MS,
};
const AT_ONCE = 25;

export const run: Bench = async ({ desktops = '1000', rounds = '5' }) => {
  const accounts = Array.from({ length: Number(desktops) }, (_, index) =>
    anotherAccount(`approver-${index}`, { roles: ['approver'], teams: ['nlp'] }),
  );
  await using team = await openTeam({ replicas: 1, provider: { accounts: [ANA, ...accounts] }, edit: withoutLimits });
  const [replica] = team.replicas;
  const ana = await team.client(ANA, replica);
  await signInAll(team, accounts, replica);
  const beforeMb = await memoryMb(replica);
  let heard: (login: string) => void = () => undefined;
  const openAllMs = await timeOnce(async () => {
    for (let from = 0; from < accounts.length; from += AT_ONCE) {
      const opened = accounts.slice(from, from + AT_ONCE).map(({ login }, index) => {
        const account = accounts[from + index] ?? ANA;
        return follow(team, account, replica, ({ kind }) => {
          if (kind === 'request.submitted') heard(login);
        }).open;
      });
      await Promise.all(opened);
    }
  });
  const openMb = await memoryMb(replica);
  const [firstMs, lastMs]: [number[], number[]] = [[], []];
  for (let round = 0; round < Number(rounds); round += 1) {
    const missing = new Set(accounts.map(({ login }) => login));
    const all = Promise.withResolvers<void>();
    const askedMs = performance.now();
    heard = (login) => {
      if (missing.size === accounts.length) firstMs.push(performance.now() - askedMs);
      missing.delete(login);
      if (missing.size === 0) all.resolve();
    };
    expectOk(await ana.submit(CONFIDENTIAL, randomUUID()));
    await all.promise;
    lastMs.push(performance.now() - askedMs);
  }
  const figures = rounded({
    desktops: accounts.length,
    kilobytesADesktop: ((openMb - beforeMb) * 1024) / accounts.length,
    memoryMb: await memoryMb(replica),
    openAllMs,
    firstHeardP50Ms: median(firstMs),
    lastHeardP50Ms: median(lastMs),
    lastHeardMaxMs: Math.max(...lastMs),
  });
  return { name: 'events', figures, floor: rounded({ memoryBeforeMb: beforeMb }), goals: [] };
};

/** Everybody is known to the broker before anything is measured. */
async function signInAll(team: Team, accounts: readonly Account[], replica: Replica): Promise<void> {
  for (let from = 0; from < accounts.length; from += AT_ONCE) {
    await Promise.all(
      accounts.slice(from, from + AT_ONCE).map(async (account) => {
        const response = await team.fetchAs(account, new Request(new URL('/v1/me', replica.url)));
        if (!response.ok) throw new Error(`${account.login} is not let in: ${response.status}`);
      }),
    );
  }
}

/** What the replica's process has in memory. Linux only, as everything that reads `/proc`. */
async function memoryMb(replica: Replica): Promise<number> {
  const status = await readFile(`/proc/${replica.pid() ?? 0}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 'NaN') / 1024;
}
