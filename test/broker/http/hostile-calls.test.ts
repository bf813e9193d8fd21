// 10,000 random calls against every route: each is answered well, or refused without a trace.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Tables } from '#broker/store.ts';
import { SCIM_MEDIA, scimErrorSchema } from '#shared/contracts/scim-api.ts';
import { PROBLEMS, problemSchema } from '#shared/contracts/problem.ts';
import { signDeviceProof } from '#shared/device/device-proof.ts';
import { HOUR_MS } from '#shared/domain/time.ts';
import { isOverHttp, openWorld, type World } from '#test/support/broker-world.ts';
import { activeGrant, pendingRequest, routeOf, type Things } from './calls.ts';
import { payloadOf, shots, urlOfShot, type Shot } from './hostile-calls.ts';

/** Over HTTP what is parsed behind the door is the same: the door is what is tried there. */
const RUNS = isOverHttp() ? 1500 : 10_000;
const CANARY = 'canary-7f3c9d51e0';
const COUNTED = [
  ...(['requests', 'approvals', 'grants', 'credentials', 'idempotency', 'devices', 'subjects'] as const),
  ...(['ledger_intake', 'ledger_records'] as const),
] satisfies readonly (keyof Tables)[];

let world: World;
let request: Things;
let grant: Things;
beforeAll(async () => {
  world = await openWorld();
  for (const user of ['ana', 'sam', 'lee', 'warehouse']) await world.as(user);
  request = await pendingRequest(world, 'ana');
  grant = await activeGrant(world, 'ana');
});
afterAll(async () => {
  await world.close();
});

async function countRows(): Promise<Record<string, number>> {
  await world.broker().ledger.settled();
  const counts: Record<string, number> = {};
  for (const table of COUNTED) {
    const { n } = await world
      .store()
      .read.selectFrom(table)
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .executeTakeFirstOrThrow();
    counts[table] = Number(n);
  }
  return counts;
}

async function toRequest(shot: Shot): Promise<Request> {
  const route = routeOf(shot.route);
  const real = { ...(shot.route === 'release' || shot.route === 'revoke' ? grant : request), token: grant.token };
  const url = urlOfShot(shot, real);
  const method = shot.method ?? route.method;
  const form = route.body?.type === 'form';
  const headers = new Headers({ authorization: `Bearer ${CANARY}`, cookie: `session=${CANARY}` });
  if (route.body !== null) headers.set('content-type', form ? 'application/x-www-form-urlencoded' : 'application/json');
  headers.set('idempotency-key', crypto.randomUUID());
  if (shot.proof !== 'none') {
    const key = await world.deviceKey(shot.user ?? 'nobody');
    const target = shot.proof === 'good' ? url.href : 'http://elsewhere.internal/';
    headers.set('dpop', await signDeviceProof({ key, method, url: target, nowMs: world.clock.now() }));
  }
  for (const [name, value] of shot.headers) {
    try {
      headers.set(name, value);
    } catch {
      // No HTTP stack could send it.
    }
  }
  const body = method === 'GET' || method === 'HEAD' ? null : payloadOf(shot, real, form);
  return new Request(url, { method, headers, body, ...(body instanceof ReadableStream ? { duplex: 'half' } : {}) });
}

async function checkRefusal(response: Response, text: string, { method, url }: Request): Promise<void> {
  const { pathname } = new URL(url);
  // What is too long for the listener's own limits is refused before there is a call.
  if (isOverHttp() && response.status === 431) return expect(text).toBe('');
  const inScim = pathname.startsWith('/scim/') && !refusedByTheListener(method);
  expect(response.headers.get('content-type')).toBe(inScim ? SCIM_MEDIA : 'application/problem+json');
  expect(response.headers.get('cache-control')).toBe('no-store');
  if (method === 'HEAD') return;
  if (inScim) {
    expect(scimErrorSchema.parse(JSON.parse(text)).status).toBe(`${response.status}`);
    return;
  }
  const { code, status } = problemSchema.parse(JSON.parse(text));
  expect(status).toBe(response.status);
  expect(PROBLEMS[code].status).toBe(status);
}

/** These are no calls to it, whatever they name. */
function refusedByTheListener(method: string): boolean {
  return isOverHttp() && ['PROPFIND', 'QUERY'].includes(method);
}

/** The answer, or null when the caller broke the connection before there was one. */
async function answerTo(call: Request, shot: Shot): Promise<Response | null> {
  const breaksOff = isOverHttp() && shot.body.kind === 'stream' && shot.body.fails;
  return await world.call(call, shot.user).catch((error: unknown) => {
    if (breaksOff) return null;
    throw error;
  });
}

async function textOf(response: Response): Promise<string> {
  if (!(response.headers.get('content-type') ?? '').startsWith('text/event-stream')) return await response.text();
  await response.body?.cancel();
  return '';
}

/** The requester's try to approve is on record: the one refusal that may leave a trace. */
function withoutTrace(shot: Shot, counts: Record<string, number>): Record<string, number> {
  return shot.route === 'answer' ? { ...counts, ledger_records: 0 } : counts;
}

describe('hostile calls', () => {
  it('are answered well or refused without a trace, and never break anything', { timeout: 180_000 }, async () => {
    const secrets = [
      CANARY,
      grant.token.slice(-40),
      ...Object.values(world.keys).map((key) => Buffer.from(key).toString('hex')),
    ];
    const statuses = new Map<number, number>();
    let before = await countRows();
    await fc.assert(
      fc.asyncProperty(shots, async (shot) => {
        const call = await toRequest(shot);
        const troublesBefore = world.troubles.length;
        const response = await answerTo(call, shot);
        if (response === null) return;
        const text = await textOf(response);
        const after = await countRows();
        const earlier = before;
        before = after;
        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
        expect(response.status === 503 || response.status < 500, `${response.status} ${text}`).toBe(true);
        for (const secret of secrets) expect(text).not.toContain(secret);
        if (response.status >= 400) {
          await checkRefusal(response, text, call);
          expect(withoutTrace(shot, after)).toEqual(withoutTrace(shot, earlier));
        }
        expect(world.troubles.slice(troublesBefore)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
    // The noise must not all be stopped at the door. It is noise: one or two of these may not come of it.
    const usual = [200, 201, 400, 401, 403, 404, 405, 409, 413, 415];
    expect(usual.filter((status) => statuses.has(status)).length, JSON.stringify([...statuses])).toBeGreaterThanOrEqual(
      8,
    );
  });

  it.each(['€', '\u{1f600}', '"', '\n', '\u00e9', '\\'])(
    'full of %j to the limit of every text fit into the ledger or are refused',
    async (text) => {
      // Past the cooldown of the rejection of the round before, and all rounds within working hours.
      world.clock.advance(HOUR_MS);
      const ana = await world.as('ana');
      const sam = await world.as('sam');
      const lee = await world.as('lee');
      const fill = (length: number): string => `x${text.repeat(length)}`.slice(0, length - 1).toWellFormed() + 'x';
      const wish = { resource: 'dataset:legislators', actions: ['read'], durationMs: 60_000, bundleId: 'b'.repeat(64) };
      const words = { purpose: fill(64), justification: fill(2000), ticket: fill(120) };
      const asked = await ana.submit({ ...wish, ...words }, 'k'.repeat(127) + text.codePointAt(0));
      if (!asked.ok) expect(asked.error.code).toBe('invalid_request');
      const held = await activeGrant(world, 'ana');
      const { id, scopeHash } = await pendingRequest(world, 'ana');
      const answered = await sam.answer(id, { answer: 'reject', scopeHash, reason: fill(1000) });
      expect(answered.ok).toBe(true);
      expect((await lee.revoke(held.id, fill(1000))).ok).toBe(true);
      expect(world.troubles).toEqual([]);
    },
  );

  it('that look like a dry run twice over are refused, not submitted', async () => {
    const call = new Request(`http://x.internal/v1/requests?dryRun=true&dryRun=true`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect((await world.call(call, 'ana')).status).toBe(400);
  });
});
