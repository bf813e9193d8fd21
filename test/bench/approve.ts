// From the approver's click to the token: the approval goes to one replica, the requester hears of it from the other and
// collects there. The requester's keychain is the desktop's and measured elsewhere.
import { randomUUID } from 'node:crypto';
import type { BrokerEvent } from '#shared/contracts/broker-api.ts';
import { HOUR_MS } from '#shared/domain/time.ts';
import { expectOk } from '#test/support/broker-world.ts';
import { ANA, JO_BERG } from '#test/support/oidc/accounts.ts';
import { follow } from '#test/support/team/follow.ts';
import { withoutLimits } from '#test/support/team/limits.ts';
import { openTeam } from '#test/support/team/open-team.ts';
import { type Bench, goal, median, p99, rounded, timeEach } from './measure.ts';

const CONFIDENTIAL = {
  resource: 'dataset:legislators',
  actions: ['read'],
  purpose: 'evaluation',
  justification: 'To measure.',
  durationMs: HOUR_MS,
};
const WARM_UP = 10;

export const run: Bench = async ({ count = '100' }) => {
  await using team = await openTeam({ replicas: 2, durable: true, edit: withoutLimits });
  const [one, two] = team.replicas;
  if (two === undefined) throw new Error('two replicas were asked for');
  const [ana, jo] = [await team.client(ANA, two), await team.client(JO_BERG, one)];
  let onEvent: (event: BrokerEvent) => void = () => undefined;
  const events = follow(team, ANA, two, (event) => onEvent(event));
  await events.open;
  const waits: number[] = [];
  const heard: number[] = [];
  for (let index = 0; index < Number(count) + WARM_UP; index += 1) {
    const request = expectOk(await ana.submit(CONFIDENTIAL, randomUUID()));
    const approved = new Promise<void>((resolve) => {
      onEvent = ({ kind, requestId }) => {
        if (kind === 'request.approved' && requestId === request.id) resolve();
      };
    });
    const clickedMs = performance.now();
    const collect = async (): Promise<void> => {
      await approved;
      const heardMs = performance.now();
      const collected = expectOk(await ana.collect(request.id, randomUUID()));
      if (index >= WARM_UP) {
        heard.push(heardMs - clickedMs);
        waits.push(performance.now() - clickedMs);
      }
      expectOk(await ana.release(collected.grant.id));
    };
    const [answered] = await Promise.all([
      jo.answer(request.id, { answer: 'approve', scopeHash: request.scopeHash }),
      collect(),
    ]);
    expectOk(answered);
  }
  events.stop();
  const figures = rounded({
    p50Ms: median(waits),
    p99Ms: p99(waits),
    heardP50Ms: median(heard),
    heardP99Ms: p99(heard),
  });
  const calls = await timeEach(100, async () => expectOk(await ana.me()));
  return {
    name: 'approve',
    figures,
    floor: rounded({ callP50Ms: median(calls) }),
    goals: [goal(figures, 'p50Ms', { atMost: 250 }), goal(figures, 'p99Ms', { atMost: 1000 })],
  };
};
