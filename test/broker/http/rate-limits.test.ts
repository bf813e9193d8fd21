// Token buckets of the API, by a clock that is set by hand.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemSchema, type Problem } from '#shared/contracts/problem.ts';
import { MINUTE_MS } from '#shared/domain/time.ts';
import { BASE_URL, openWorld, type World } from '#test/support/broker-world.ts';
import { CONFIG } from '#test/support/world-files.ts';
import { validCall } from './calls.ts';

const at = (path: string): Request => new Request(`${BASE_URL}${path}`);
const problemOf = async (response: Response): Promise<Problem> => problemSchema.parse(await response.json());

describe('rate limits', () => {
  let limited: World;
  beforeAll(async () => {
    limited = await openWorld({
      config: CONFIG.replace(/^rateLimits:.*$/m, 'rateLimits: { readsPerMinute: 60, requestsPerMinute: 2 }').replace(
        'dryRunsPerMinute: 1000000',
        'dryRunsPerMinute: 3',
      ),
    });
  });
  afterAll(async () => {
    await limited.close();
  });
  const submit = async (user: string, query = ''): Promise<Response> => {
    const key = await limited.deviceKey(user);
    const call = await validCall({ route: 'submit', key, nowMs: limited.clock.now() });
    return await limited.call(new Request(`${call.url}${query}`, call), user);
  };

  it('refuse with 429 and the time to wait, and let on when that is over', async () => {
    await limited.as('ana');
    expect((await submit('ana')).status).toBe(201);
    expect((await submit('ana')).status).toBe(201);
    const refused = await submit('ana');
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('30');
    const { retryAt } = await problemOf(refused);
    expect(Date.parse(retryAt ?? '')).toBe(limited.clock.now() + 30_000);
    limited.clock.advance(29_000);
    expect((await submit('ana')).status).toBe(429);
    limited.clock.advance(1000);
    expect((await submit('ana')).status).toBe(201);
  });

  it('count each person, and dry runs apart from requests', async () => {
    await limited.as('max');
    expect((await submit('max', '?dryRun=true')).status).toBe(200);
    expect((await submit('max', '?dryRun=true')).status).toBe(200);
    expect((await submit('max', '?dryRun=true')).status).toBe(200);
    expect((await submit('max', '?dryRun=true')).status).toBe(429);
    expect((await submit('max')).status).toBe(201);
  });

  it('lock nobody out when the clock was ahead for a while', async () => {
    await limited.as('jo');
    limited.clock.advance(365 * 24 * 60 * MINUTE_MS);
    await submit('jo');
    await submit('jo');
    expect((await submit('jo')).status).toBe(429);
    limited.clock.advance(-365 * 24 * 60 * MINUTE_MS);
    expect((await submit('jo')).status).toBe(429);
    limited.clock.advance(MINUTE_MS);
    const key = await limited.deviceKey('jo');
    const call = await validCall({ route: 'submit', key, nowMs: limited.clock.now() });
    expect((await limited.call(call, 'jo')).status).not.toBe(429);
  });

  it('of callers whom nobody knows are apart from each other and from those of people', async () => {
    const get = async (path: string, user: string | null): Promise<number> =>
      (await limited.call(at(path), user)).status;
    for (let turn = 0; turn < 60; turn += 1) expect(await get('/.well-known/jwks.json', null)).toBe(200);
    expect(await get('/.well-known/jwks.json', null)).toBe(429);
    expect(await get('/healthz', null)).toBe(200);
    expect(await get('/.well-known/jwks.json', 'max')).toBe(200);
    expect(await get('/v1/me', 'max')).toBe(200);
  });

  it('never make ending access wait for what asking has used up', async () => {
    const key = await limited.deviceKey('ana');
    for (let turn = 0; turn < 20; turn += 1) {
      for (const route of ['withdraw', 'release', 'revokeToken'] as const) {
        const response = await limited.call(await validCall({ route, key, nowMs: limited.clock.now() }), 'ana');
        expect(response.status, route).not.toBe(429);
      }
    }
  });
});
