// The checks of a run must see what they are for: each test spoils one thing and wants it found.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { HOUR_MS } from '#shared/domain/time.ts';
import { expectOk, openWorld, type World } from '#test/support/broker-world.ts';
import { checkRun, type Findings } from './check-run.ts';
import { createJournal, type Journal } from './journal.ts';

let world: World;
let journal: Journal;
let requestId: string;
let grantId: string;

beforeAll(async () => {
  world = await openWorld();
  const ana = await world.as('ana');
  const key = randomUUID();
  const wish = { resource: 'dataset:penguins', actions: ['read'], purpose: 'evaluation', durationMs: HOUR_MS };
  requestId = expectOk(await ana.submit(wish, key)).id;
  grantId = expectOk(await ana.collect(requestId, randomUUID())).grant.id;
  const checkpoint = expectOk(await ana.checkpoint());
  expectOk(await ana.release(grantId));
  journal = createJournal();
  journal.checkpoints.add(checkpoint);
  journal.submitted.set(key, requestId);
  journal.collected.push({ requestId, collectId: 'any', grantId, endsAtMs: world.clock.now() + HOUR_MS });
  journal.ended.add(grantId);
});

afterAll(async () => await world.close());

beforeEach(async () => {
  expect(quiet(await found())).toEqual({ lost: [], doubled: [], outlived: [], faults: [] });
});

async function found(told: Partial<Journal> = {}): Promise<Findings> {
  const checked = {
    store: world.store(),
    ledgerSeed: world.keys.ledger,
    personOf: (user: string) => user,
    nowMs: world.clock.now(),
  };
  return await checkRun(checked, { ...journal, ...told });
}

function quiet({ lost, doubled, outlived, faults }: Findings) {
  return { lost, doubled, outlived, faults };
}

/** Changes rows behind the broker's back, looks, and puts them back. */
async function spoiled(change: string, back: string): Promise<Findings> {
  const { sql } = await import('kysely');
  const run = async (statement: string): Promise<void> => {
    await world.store().transaction(async (tx) => void (await sql.raw(statement).execute(tx)));
  };
  await run(change);
  try {
    return await found();
  } finally {
    await run(back);
  }
}

it('misses a request, a grant, an answer, a withdrawal and an end that somebody was told of', async () => {
  const nowhere = 'req_nowhere';
  const collected = [{ requestId: nowhere, collectId: 'x', grantId: 'gra_nowhere', endsAtMs: 0 }];
  expect((await found({ submitted: new Map([['key', nowhere]]) })).lost).toEqual([`request ${nowhere}`]);
  expect((await found({ collected })).lost).toEqual(['grant gra_nowhere']);
  expect((await found({ withdrawn: new Set([requestId]) })).lost).toEqual([`withdrawal of ${requestId}`]);
  expect((await found({ ended: new Set(['gra_nowhere']) })).lost).toEqual(['end of gra_nowhere']);
  const answered = [{ requestId, login: 'jo', answer: 'approve' as const }];
  expect((await found({ answered })).lost).toEqual([`answer of jo to ${requestId}`]);
});

it('sees a request that was made a second time', async () => {
  const { doubled } = await spoiled(
    `update idempotency set request_id = 'req_other' where request_id = '${requestId}'`,
    `update idempotency set request_id = '${requestId}' where request_id = 'req_other'`,
  );
  expect(doubled).toEqual([`request ${requestId} has no key`]);
});

it('sees a grant that is not ended after its end, and that its records say otherwise', async () => {
  const { outlived, faults, lost } = await spoiled(
    `update grants set state = 'active', ends_at_ms = ends_at_ms - 7200000 where id = '${grantId}'`,
    `update grants set state = 'ended', ends_at_ms = ends_at_ms + 7200000 where id = '${grantId}'`,
  );
  expect(outlived).toEqual([`grant ${grantId} is active after its end`, `a credential of ${grantId} outlives it`]);
  expect(faults.length).toBeGreaterThan(0);
  expect(lost).toEqual([`end of ${grantId}`]);
});

it('sees a state that the records do not tell', async () => {
  const { faults } = await spoiled(
    `update requests set state = 'approved' where id = '${requestId}'`,
    `update requests set state = 'fulfilled' where id = '${requestId}'`,
  );
  expect(faults).toEqual([`request ${requestId} is approved, its records say fulfilled`]);
});

it('sees a ledger that is not what somebody was shown of it', async () => {
  const [first] = journal.checkpoints;
  const other = await openWorld({ startAt: '2026-11-24T10:00:00Z' });
  try {
    const note = expectOk(await (await other.as('ana')).checkpoint());
    const { faults } = await found({ checkpoints: new Set([first ?? '', note]) });
    expect(faults).toEqual(['a checkpoint that was handed out has no good signature']);
  } finally {
    await other.close();
  }
  const { faults } = await spoiled(
    `update ledger_records set canonical = replace(canonical, 'request.submitted', 'request.submittee')`,
    `update ledger_records set canonical = replace(canonical, 'request.submittee', 'request.submitted')`,
  );
  expect(faults).toContain('the checkpoint is not of these records');
  expect(faults.some((fault) => fault.startsWith('the ledger forked before its record'))).toBe(true);
});
