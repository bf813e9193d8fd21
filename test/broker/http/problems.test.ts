// What the API says when it says no: RFC 9457 problems, methods, limits, caching, and silence about its insides.
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROBLEMS, problemSchema, type Problem } from '#shared/contracts/problem.ts';
import { MINUTE_MS } from '#shared/domain/time.ts';
import { BASE_URL, expectOk, openWorld, type World } from '#test/support/broker-world.ts';
import { CONFIG } from '#test/support/world-files.ts';
import { NO_THINGS, ROUTE_IDS, routeOf, urlOf, validCall } from './calls.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world.close();
});

const at = (path: string, init: RequestInit = {}): Request => new Request(`${BASE_URL}${path}`, init);
const problemOf = async (response: Response): Promise<Problem> => problemSchema.parse(await response.json());

describe('a problem', () => {
  it('has the form of RFC 9457, with a stable code and the status of the answer', async () => {
    const response = await world.call(at('/v1/requests/nothing'), 'ana');
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toEqual({
      type: 'urn:daypass:problem:not_found',
      title: PROBLEMS.not_found.title,
      status: 404,
      code: 'not_found',
      detail: 'No such request.',
    });
  });

  it('names the member that is wrong, never its value', async () => {
    const response = await world.call(
      at('/v1/requests/x/confirm', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ scopeHash: 'my-secret-value', typed: 7 }),
      }),
      'ana',
    );
    const { code, errors } = await problemOf(response.clone());
    expect(code).toBe('invalid_request');
    expect(errors?.map(({ path }) => path)).toEqual(['scopeHash', 'typed']);
    expect(await response.text()).not.toContain('my-secret-value');
  });

  it('asks who is calling with a challenge', async () => {
    const response = await world.call(at('/v1/me'), null);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^DPoP /);
  });
});

describe('methods and paths', () => {
  it.each(ROUTE_IDS)('%s answers other methods with 405 and those that it knows', async (route) => {
    const { method, path } = routeOf(route);
    const url = urlOf(route, NO_THINGS);
    const same = ROUTE_IDS.map(routeOf).filter((other) => other.path === path);
    const known = same.flatMap((other) => (other.method === 'GET' ? ['GET', 'HEAD'] : ['POST']));
    for (const other of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      if (known.includes(other)) continue;
      const response = await world.call(new Request(url, { method: other }), 'ana');
      expect(response.status, `${other} instead of ${method}`).toBe(405);
      expect(response.headers.get('allow')?.split(', ').toSorted()).toEqual([...new Set(known)].toSorted());
    }
  });

  it.each([
    '/',
    '/v1',
    '/v1/me/',
    '//v1/me',
    '/V1/me',
    '/v1/requests/a/b',
    '/v1/requests//withdraw',
    '/v1/constructor',
  ])('there is nothing at %s', async (path) => {
    expect((await world.call(new Request(`${BASE_URL}${path}`), 'ana')).status).toBe(404);
  });

  it.each(ROUTE_IDS.filter((id) => routeOf(id).method === 'GET'))(
    'HEAD of %s is its GET without a body',
    async (route) => {
      const url = urlOf(route, NO_THINGS);
      const head = await world.call(new Request(url, { method: 'HEAD' }), 'lee');
      const get = await world.call(new Request(url), 'lee');
      expect(head.status).toBe(get.status);
      expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'));
      expect(await head.text()).toBe('');
      await get.body?.cancel();
    },
  );

  it('does not let a header choose the method', async () => {
    const response = await world.call(at('/v1/me', { headers: { 'x-http-method-override': 'DELETE' } }), 'ana');
    expect(response.status).toBe(200);
  });
});

describe('caching', () => {
  it.each(ROUTE_IDS.filter((id) => id !== 'jwks'))('%s may not be stored', async (route) => {
    const key = await world.deviceKey('ana');
    for (const user of ['ana', 'lee', null]) {
      const response = await world.call(await validCall({ route, key, nowMs: world.clock.now() }), user);
      expect(response.headers.get('cache-control')).toBe('no-store');
      await response.body?.cancel();
    }
  });

  it('the public keys may be kept for as long as rotation counts on', async () => {
    const response = await world.call(at('/.well-known/jwks.json'), null);
    expect(response.headers.get('cache-control')).toBe('public, max-age=300');
  });
});

describe('bodies', () => {
  const submit = async (
    body: NonNullable<RequestInit['body']>,
    headers: Record<string, string> = {},
  ): Promise<Response> =>
    await world.call(
      at('/v1/requests', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
        ...(body instanceof ReadableStream ? { duplex: 'half' as const } : {}),
      }),
      'ana',
    );

  it('are refused beyond the limit, said or found out', async () => {
    expect((await submit('{}', { 'content-length': '65537' })).status).toBe(413);
    expect((await submit(' '.repeat(65_537))).status).toBe(413);
    expect((await submit(' '.repeat(65_536))).status).toBe(400);
  });

  it('without an end are read no further than the limit', async () => {
    let sent = 0;
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        sent += 8192;
        controller.enqueue(new Uint8Array(8192));
      },
      cancel: () => {
        cancelled = true;
      },
    });
    expect((await submit(endless)).status).toBe(413);
    expect(cancelled).toBe(true);
    expect(sent).toBeLessThan(3 * 65_536);
  });

  it('that break off are the caller’s fault', async () => {
    const broken = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new Error('gone')),
    });
    expect((await problemOf(await submit(broken))).code).toBe('invalid_request');
    expect(world.troubles).toEqual([]);
  });

  it.each(['text/plain', 'application/jsonp', 'application/x-www-form-urlencoded', ''])(
    'must be JSON, not %j',
    async (type) => {
      expect((await submit('{}', { 'content-type': type })).status).toBe(415);
    },
  );

  it('that are not UTF-8 are refused', async () => {
    expect((await problemOf(await submit(new Uint8Array([0x7b, 0xff, 0x7d])))).detail).toBe('The body is not UTF-8.');
  });
});

describe('a bug inside', () => {
  it('is answered without its details, and reported without the call’s body and headers', async () => {
    const broken = await openWorld();
    try {
      await broken.as('ana');
      const key = await broken.deviceKey('ana');
      await broken.store().transaction(async (tx) => {
        await sql`alter table idempotency rename to elsewhere`.execute(tx);
      });
      const secret = 'canary-in-the-call';
      const call = await validCall({
        route: 'submit',
        key,
        nowMs: broken.clock.now(),
        headers: { 'idempotency-key': `${secret}-1`, authorization: `Bearer ${secret}` },
      });
      const body = JSON.stringify({ ...((await call.clone().json()) as object), justification: secret });
      const response = await broken.call(new Request(call.url, { method: 'POST', headers: call.headers, body }), 'ana');
      expect(response.status).toBe(500);
      expect(await response.json()).toEqual({
        type: 'urn:daypass:problem:internal',
        title: PROBLEMS.internal.title,
        status: 500,
        code: 'internal',
      });
      expect(broken.troubles.map(({ where }) => where)).toEqual(['POST /v1/requests']);
      const { error } = broken.troubles[0] ?? {};
      expect(error).toBeInstanceOf(Error);
      const told = error instanceof Error ? `${error.message} ${error.stack} ${JSON.stringify(error)}` : '';
      expect(told).not.toContain(secret);
      const ready = await broken.call(at('/readyz'), null);
      expect(ready.status).toBe(503);
      expect((await broken.call(at('/healthz'), null)).status).toBe(200);
    } finally {
      await broken.close();
    }
  });

  it('of the disk is a 503 that leaves nothing behind, and over when the disk is well', async () => {
    const full = await openWorld();
    try {
      const ana = await full.as('ana');
      const wish = { resource: 'dataset:weather', actions: ['read'], purpose: 'evaluation', durationMs: MINUTE_MS };
      const mostPages = async (pages: number): Promise<void> => {
        await full.store().transaction(async (tx) => {
          await sql.raw(`pragma max_page_count = ${pages}`).execute(tx);
        });
      };
      await mostPages(1);
      let refused: string | null = null;
      for (let turn = 0; refused === null && turn < 200; turn += 1) {
        const answer = await ana.submit({ ...wish, justification: 'x'.repeat(2000) }, `key-number-${turn}`);
        if (!answer.ok) refused = `${answer.error.code} of ${turn}`;
      }
      expect(refused).toMatch(/^unavailable of \d+$/);
      expect((await ana.me()).ok).toBe(true);
      expect(full.troubles.map(({ where }) => where)).toContain('POST /v1/requests');
      const before = expectOk(await ana.requests({ limit: 200 })).requests.length;
      await mostPages(1_000_000);
      const again = `key-number-${refused?.split(' ').at(-1)}`;
      expect((await ana.submit({ ...wish, justification: 'x'.repeat(2000) }, again)).ok).toBe(true);
      expect(expectOk(await ana.requests({ limit: 200 })).requests).toHaveLength(before + 1);
    } finally {
      await full.close();
    }
  });

  it('a stopped broker says that it is not ready', async () => {
    const stopping = await openWorld();
    const { fetch } = stopping.broker();
    await stopping.close();
    const response = await fetch(at('/v1/me'), { kind: 'embedded', user: 'ana' });
    expect((await problemOf(response)).code).toBe('unavailable');
    expect(stopping.troubles).toEqual([]);
  });

  it('lets a running call end before it stops', async () => {
    const stopping = await openWorld();
    await stopping.as('ana');
    const key = await stopping.deviceKey('ana');
    const calls = await Promise.all(
      [1, 2, 3].map(async () => await validCall({ route: 'submit', key, nowMs: stopping.clock.now() })),
    );
    const running = calls.map(async (call) => await stopping.call(call, 'ana'));
    await stopping.close();
    for (const response of await Promise.all(running)) expect(response.status).toBe(201);
    expect(stopping.troubles).toEqual([]);
  });
});

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
