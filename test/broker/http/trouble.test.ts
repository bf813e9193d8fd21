// The API when something of ours breaks: it says little, reports all, and leaves nothing half done.
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { PROBLEMS, problemSchema, type Problem } from '#shared/contracts/problem.ts';
import { MINUTE_MS } from '#shared/domain/time.ts';
import { BASE_URL, expectOk, notOverHttp, openWorld } from '#test/support/broker-world.ts';
import { validCall } from './calls.ts';
import { onSqlite } from '#test/support/test-store.ts';

const at = (path: string): Request => new Request(`${BASE_URL}${path}`);
const problemOf = async (response: Response): Promise<Problem> => problemSchema.parse(await response.json());

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

  onSqlite(it)('of the disk is a 503 that leaves nothing behind, and over when the disk is well', async () => {
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

  // Over sockets: `listen-api`.
  notOverHttp(it)('lets a running call end before it stops', async () => {
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
