// From the form's submit to the token in the keychain and marked stored: the whole agent in this process, its broker on
// a thread, a real gnome-keyring, approved by policy. Against the sum of what physically must happen. Linux only.
import { randomUUID } from 'node:crypto';
import { systemTimers } from '#electron/agent/clock.ts';
import { openKeychain } from '#electron/agent/keychain.ts';
import type { Keychain } from '#electron/agent/keychain-port.ts';
import type { WishForm } from '#shared/contracts/desktop/commands.ts';
import { type BenchAgent, heldGrant, openBenchAgent } from '#test/support/bench-agent.ts';
import { APPROVED } from '#test/support/bench-broker.ts';
import { openBenchParts, type PartName } from '#test/support/bench-parts.ts';
import { expectOk } from '#test/support/broker-world.ts';
import { openPrivateKeyring } from '#test/support/private-keyring.ts';
import { type Bench, goal, median, p99, rounded, timeEach, timeOnce } from './measure.ts';

/**
 * How often a check-out waits for each. Commits: at the broker the request, the intent to issue, the active grant; on the
 * desktop the check-out, its intent, the stored copy. The device proves itself at submit and at collect, and the token is
 * signed; policy is asked at both.
 */
const TIMES: readonly (readonly [PartName, number])[] = [
  ['commit', 6],
  ['sign', 3],
  ['verify', 2],
  ['decide', 2],
];
const WISH: WishForm = {
  ...APPROVED,
  justification: '',
  ticket: null,
  startAtMs: null,
  endsWithOperation: false,
  extendsGrant: null,
  breakGlass: false,
};
/** As long as a real token is. */
const SECRET = 'x'.repeat(820);
const WARM_UP = 10;
const ROUNDS = 10;

export const run: Bench = async ({ count = '100' }) => {
  const keyring = await openPrivateKeyring();
  Object.assign(process.env, keyring.env);
  const desk = await openBenchAgent();
  const parts = await openBenchParts(desk.folder);
  const keychain = openKeychain({ service: 'floor', timers: systemTimers });
  try {
    for (let index = 0; index < WARM_UP; index += 1) await checkOut(desk);
    const checkOuts: number[] = [];
    const asked: number[] = [];
    const samples: Record<PartName, number[]> = { commit: [], sign: [], verify: [], decide: [] };
    const sets: number[] = [];
    // In turns, so that a slow moment of the machine meets all alike.
    for (let round = 0; round < ROUNDS; round += 1) {
      for (let index = 0; index < Number(count) / ROUNDS; index += 1) {
        const { askedMs, heldMs } = await checkOut(desk);
        asked.push(askedMs);
        checkOuts.push(heldMs);
      }
      for (const [name] of TIMES) samples[name].push(...(await timeEach(30, async () => parts.work[name]())));
      for (let index = 0; index < 5; index += 1) sets.push(await bareSet(keychain));
    }
    const partsMs = TIMES.reduce((sum, [name, times]) => sum + times * median(samples[name]), median(sets));
    const figures = rounded({
      p50Ms: median(checkOuts),
      p99Ms: p99(checkOuts),
      timesTheParts: median(checkOuts) / partsMs,
      answeredP50Ms: median(asked),
    });
    const floor = Object.fromEntries(TIMES.map(([name]) => [`${name}P50Ms`, median(samples[name])]));
    return {
      name: 'desktop-checkout',
      figures,
      floor: rounded({ ...floor, keychainSetP50Ms: median(sets), partsMs }),
      goals: [
        goal(figures, 'p50Ms', { atMost: 25 }),
        goal(figures, 'p99Ms', { atMost: 100 }),
        goal(figures, 'timesTheParts', { atMost: 2 }),
      ],
    };
  } finally {
    parts.close();
    await desk.close();
    await keyring.close();
  }
};

/** `askedMs`: when the form had its answer; `heldMs`: when the agent told of the stored token. Ended before it resolves. */
async function checkOut({ agent, until }: BenchAgent): Promise<{ readonly askedMs: number; readonly heldMs: number }> {
  const startedMs = performance.now();
  const answer = await agent.commands.ask({ wish: WISH, attempt: randomUUID() });
  const askedMs = performance.now() - startedMs;
  if (!answer.ok) throw new Error(`the broker did not take the wish: ${answer.error.code}`);
  const { requestId } = answer.value;
  const { grantId } = await until((state) => heldGrant(state, requestId));
  const heldMs = performance.now() - startedMs;
  const done = await agent.commands.done({ grantId });
  if (!done.ok) throw new Error(`the grant did not end: ${done.error.code}`);
  await until(({ grants }) => (grants.length === 0 ? true : undefined));
  return { askedMs, heldMs };
}

/** One item that is made ready, set, and removed: the setting alone is timed. */
async function bareSet(keychain: Keychain): Promise<number> {
  const account = randomUUID();
  await keychain.prepare(account);
  const tookMs = await timeOnce(async () => expectOk(await keychain.set(account, Buffer.from(SECRET))));
  expectOk(await keychain.remove(account));
  return tookMs;
}
