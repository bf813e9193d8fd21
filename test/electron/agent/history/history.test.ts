import { expect, it } from 'vitest';
import { readHistory } from '#electron/agent/history/history.ts';
import type { Person } from '#electron/agent/session/person.ts';
import type { SessionDeps } from '#electron/agent/session/session-deps.ts';
import { ok } from '#shared/domain/result.ts';
import { expectOk } from '#test/support/broker-world.ts';

const RECORDS = 50_000;

/** A ledger with one record a millisecond, read as the API reads it: oldest first, page by page. */
function readerOf(size: number, calls: { pages: number }): Person {
  const record = (sequence: number) => ({
    metadata: { event_code: 'use.finished' },
    status_id: 1,
    time: sequence,
    unmapped: { data: {}, grant_id: null, resource: null },
  });
  const client = {
    grants: async () => ok({ grants: [], next: null }),
    checkpoint: async () => ok(`daypass.ledger/test\n${size}\nroot\n\n— signature\n`),
    records: async ({ after, limit }: { after: number; limit: number }) => {
      calls.pages += 1;
      const count = Math.min(limit, size - after - 1);
      const records = Array.from({ length: count }, (_, index) => ({
        sequence: after + 1 + index,
        record: record(after + 1 + index),
      }));
      return ok({ records, next: count === limit ? after + count : null });
    },
  };
  // Only what the history reads is there.
  return { client, book: { me: () => null, catalog: () => new Map() } } as unknown as Person;
}

const deps = {
  outbox: {
    ownRecords: async () => [],
    verification: () => ({
      records: 0,
      result: 'not_yet',
      verifiedAtMs: null,
      code: null,
      cosigned: null,
      restored: null,
    }),
  },
} as unknown as SessionDeps;

it('has the newest facts of a ledger that is longer than anybody reads', async () => {
  const calls = { pages: 0 };
  const query = { fromMs: 0, toMs: RECORDS, limit: 10 };
  const history = expectOk(await readHistory(deps, readerOf(RECORDS, calls), query));
  expect(history.facts.map(({ atMs }) => atMs)).toEqual(Array.from({ length: 10 }, (_, index) => RECORDS - 1 - index));
  expect(history.more).toBe(true);
  expect(calls.pages).toBeLessThanOrEqual(40);
});

it('has all facts of a short one', async () => {
  const query = { fromMs: 0, toMs: RECORDS, limit: 10 };
  const history = expectOk(await readHistory(deps, readerOf(3, { pages: 0 }), query));
  expect(history.facts.map(({ atMs }) => atMs)).toEqual([2, 1, 0]);
  expect(history.more).toBe(false);
});
