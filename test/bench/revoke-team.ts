// From an administrator's revoke to refused at the gateway: of the replica that was told, and of the other one.
import { randomUUID } from 'node:crypto';
import { APPROVED } from '#test/support/bench-broker.ts';
import { expectOk } from '#test/support/broker-world.ts';
import { ANA, LEE } from '#test/support/oidc/accounts.ts';
import { withoutLimits } from '#test/support/team/limits.ts';
import { openTeam } from '#test/support/team/open-team.ts';
import type { Replica } from '#test/support/team/replica.ts';
import { callGateway } from '../../build/demo/gateway-call.ts';
import { type Bench, goal, median, p99, rounded, timeEach } from './measure.ts';

const PATH = '/gateway/dataset/penguins/penguins.csv';

export const run: Bench = async ({ count = '100' }) => {
  await using team = await openTeam({ replicas: 2, durable: true, edit: withoutLimits });
  const [one, two] = team.replicas;
  if (two === undefined) throw new Error('two replicas were asked for');
  const [ana, lee] = [await team.client(ANA, one), await team.client(LEE, one)];
  /** Asked again and again from the same moment on: the first refusal counts, not the API's answer. */
  const revokedAfterMs = async (at: Replica): Promise<number> => {
    const request = expectOk(await ana.submit(APPROVED, randomUUID()));
    const { grant, credential } = expectOk(await ana.collect(request.id, randomUUID()));
    const call = { token: credential.secret, url: new URL(PATH, at.gatewayUrl).href };
    const before = await callGateway(call);
    if (before.status !== 200) throw new Error(`the token did not work before: ${before.status}`);
    const askedMs = performance.now();
    const revoked = lee.revoke(grant.id, 'To measure.');
    while ((await callGateway(call)).status !== 401);
    const lagMs = performance.now() - askedMs;
    expectOk(await revoked);
    return lagMs;
  };
  const [same, other]: [number[], number[]] = [[], []];
  for (let index = 0; index < Number(count); index += 1) {
    same.push(await revokedAfterMs(one));
    other.push(await revokedAfterMs(two));
  }
  const figures = rounded({
    p50Ms: median(same),
    p99Ms: p99(same),
    otherP50Ms: median(other),
    otherP99Ms: p99(other),
  });
  const calls = await timeEach(200, async () => await (await fetch(new URL('/healthz', one.url))).text());
  return {
    name: 'revoke-team',
    figures,
    floor: rounded({ callP50Ms: median(calls) }),
    goals: [goal(figures, 'p99Ms', { atMost: 100 }), goal(figures, 'otherP99Ms', { atMost: 1000 })],
  };
};
