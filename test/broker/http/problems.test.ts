// What the API says when it says no: RFC 9457 problems, methods and paths, caching, bodies.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROBLEMS, problemSchema, type Problem } from '#shared/contracts/problem.ts';
import { signDeviceProof } from '#shared/device/device-proof.ts';
import { BASE_URL, notOverHttp, openWorld, type World } from '#test/support/broker-world.ts';
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
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer realm="daypass", DPoP /);
  });
});

describe('methods and paths', () => {
  it.each(ROUTE_IDS)('%s answers other methods with 405 and those that it knows', async (route) => {
    const { method, path } = routeOf(route);
    const url = urlOf(route, NO_THINGS);
    const same = ROUTE_IDS.map(routeOf).filter((other) => other.path === path);
    const known = same.flatMap((other) => (other.method === 'GET' ? ['GET', 'HEAD'] : [other.method]));
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

// Over sockets: `hostile-http`.
notOverHttp(describe)('bodies', () => {
  const submit = async (
    body: NonNullable<RequestInit['body']>,
    headers: Record<string, string> = {},
  ): Promise<Response> => {
    await world.as('ana');
    // Signed, because nothing of a body is read for who cannot prove the device.
    const { url } = at('/v1/requests');
    const key = await world.deviceKey('ana');
    const dpop = await signDeviceProof({ key, method: 'POST', url, nowMs: world.clock.now() });
    return await world.call(
      at('/v1/requests', {
        method: 'POST',
        headers: { 'content-type': 'application/json', dpop, ...headers },
        body,
        ...(body instanceof ReadableStream ? { duplex: 'half' as const } : {}),
      }),
      'ana',
    );
  };

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

  it('are not read at all for who cannot prove the device', async () => {
    let isRead = false;
    const watched = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          isRead = true;
          controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    const headers = { 'content-type': 'application/json' };
    const call = at('/v1/requests', { method: 'POST', headers, body: watched, duplex: 'half' });
    expect((await problemOf(await world.call(call, 'ana'))).code).toBe('device_proof_required');
    expect(isRead).toBe(false);
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
