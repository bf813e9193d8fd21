import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Broker } from '#broker/broker.ts';
import { createBroker } from '#broker/create-broker.ts';
import { parseConfig } from '#broker/config/load-config.ts';
import { brokerMigrations } from '#broker/migrations.ts';
import { createLiveCredentials } from '#broker/access/live-credentials.ts';
import type { Admission } from '#broker/gateway/admission.ts';
import { createUseRecords } from '#broker/gateway/use-records.ts';
import { createReplicas, type Replicas } from '#broker/replicas/replicas.ts';
import type { BrokerStore, Tables } from '#broker/store.ts';
import type { ReplayMemory } from '#broker/tokens/replay-memory.ts';
import { createReplayTable } from '#broker/tokens/replay-table.ts';
import { createBrokerClient, type BrokerClient } from '#shared/client/broker-client.ts';
import '#test/support/on-postgres.ts';
import { BASE_URL, expectOk, openWorld, type World } from '#test/support/broker-world.ts';
import { validCall } from '#test/broker/http/calls.ts';
import { createGatedIssuer, type GatedIssuer } from '#test/support/gated-issuer.ts';
import { createTableLedger, tableLedgerMigrations, type TableLedger } from '#test/support/table-ledger.ts';
import { faultsInBooks } from '#test/support/check-books.ts';
import { openTestStore } from '#test/support/test-store.ts';
import { CONFIG } from '#test/support/world-files.ts';

const PENGUINS = {
  resource: 'dataset:penguins',
  actions: ['read'],
  purpose: 'research',
  justification: 'Baseline for the poster.',
  durationMs: 3_600_000,
} as const;

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

describe('replicas', () => {
  let path: string;
  let store: BrokerStore;
  let ledger: TableLedger;
  const clock = { now: () => Date.parse('2026-11-24T09:00:00Z') };

  beforeEach(async () => {
    path = `/replicas/${randomUUID()}`;
    store = await open();
    ledger = createTableLedger(() => store);
  });

  async function open(): Promise<BrokerStore> {
    const opened = await openTestStore<Tables>({ path, migrations: { ...brokerMigrations, ...tableLedgerMigrations } });
    closing.push(opened.close);
    return opened;
  }

  async function replica(): Promise<Replicas> {
    const replicas = await createReplicas({
      store: await open(),
      onTrouble: (error) => {
        throw error;
      },
      beatEveryMs: 20,
      deadAfterMs: 1000,
    });
    closing.push(replicas.close);
    return replicas;
  }

  const usesOf = (replicas: Replicas) =>
    createUseRecords({ clock, store, ledger, live: createLiveCredentials(), replicas, shared: null });

  const interrupted = async (): Promise<readonly string[]> =>
    (await ledger.eventsOf('use.interrupted')).map(({ data }) => data.useId);

  it('end the uses of one that died, and never those of one that lives', async () => {
    const [one, two] = [await replica(), await replica()];
    const uses = usesOf(one);
    const theirs = expectOk(await usesOf(two).started(admission(), 'GET'));
    await store.transaction((tx) =>
      tx
        .insertInto('gateway_open_uses')
        .values({
          use_id: 'use_dead',
          grant_id: 'g',
          request_id: 'r',
          subject: 's',
          resource: 'd',
          replica: 'rep_dead',
        })
        .execute(),
    );
    await uses.reconcile();
    expect(await interrupted()).toEqual(['use_dead']);
    await two.close();
    await uses.reconcile();
    expect(await interrupted()).toEqual(['use_dead', theirs]);
    await uses.reconcile();
    expect(await interrupted()).toHaveLength(2);
  });

  it('look after the dead by themselves once they have lived long enough to tell', async () => {
    const one = await replica();
    const uses = usesOf(one);
    // It said so once, and never again.
    await store.transaction((tx) =>
      sql`insert into replicas (id, started_at_ms, seen_at_ms)
        values ('rep_silent', 0, (extract(epoch from clock_timestamp()) * 1000)::bigint)`.execute(tx),
    );
    await usesOf({ ...one, id: 'rep_silent' }).started(admission(), 'GET');
    one.watch(uses.reconcile);
    await uses.reconcile();
    expect(await interrupted()).toEqual([]);
    await expect.poll(interrupted).toHaveLength(1);
  });

  it('write one end for a use whose replica was taken for dead while it ran', async () => {
    const [one, two] = [await replica(), await replica()];
    const mine = usesOf(one);
    const useId = expectOk(await mine.started(admission(), 'GET'));
    await mine.reconcile();
    expect(await interrupted()).toEqual([]);
    await usesOf({ ...two, living: sql`select null where 1 = 0` }).reconcile();
    expect(await interrupted()).toEqual([useId]);
    const ended = mine.ended(useId, admission(), { kind: 'finished', status: 200, bytesIn: 0, bytesOut: 1 });
    mine.hurry();
    await ended;
    expect(await ledger.eventsOf('use.finished')).toEqual([]);
  });

  it('let a proof be used once, whichever of them is asked, also after a start', async () => {
    const tables = [replayTable(store), replayTable(await open())];
    const nowMs = clock.now();
    const use = { issuedAtMs: nowMs, untilMs: nowMs + 60_000, nowMs };
    const used = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => await tables[index % 2]?.use('device.1', use)),
    );
    expect(used.filter((one) => one === 'fresh')).toHaveLength(1);
    expect(used.filter((one) => one === 'replayed')).toHaveLength(11);
    expect(await replayTable(store).use('device.1', use)).toBe('replayed');
    expect(await tables[0]?.use('device.2', { ...use, nowMs: nowMs + 60_001 })).toBe('past');
  });

  it('forget proofs that are refused for their age, and let none of them live again when the clock is set back', async () => {
    const table = replayTable(store);
    const nowMs = clock.now();
    const use = { issuedAtMs: nowMs, untilMs: nowMs + 60_000, nowMs };
    expect(await table.use('device.1', use)).toBe('fresh');
    const later = nowMs + 3_600_000;
    expect(await table.use('device.2', { issuedAtMs: later, untilMs: later + 60_000, nowMs: later })).toBe('fresh');
    expect(await store.read.selectFrom('device_proofs_seen').selectAll().execute()).toHaveLength(1);
    expect(await table.use('device.1', use)).toBe('past');
  });
});

/** What the records of a use take of an admission. */
function admission(): Admission {
  const credential = {
    credentialId: 'crd_1',
    grantId: 'grt_1',
    requestId: 'req_1',
    subject: 'sub_1',
    resource: 'dataset:d',
  };
  return { credential, resource: {}, action: 'read', masked: false } as unknown as Admission;
}

describe('two brokers on one database', () => {
  let world: World;
  let other: Broker;
  let issuer: GatedIssuer;
  beforeEach(async () => {
    issuer = createGatedIssuer();
    world = await openWorld({ wrapIssuer: issuer.wrap });
    closing.push(world.close);
    other = await secondBroker(world);
    closing.push(other.close);
  });

  async function secondBroker({ folder, clock, keys }: World, wrap = unchanged): Promise<Broker> {
    const path = join(folder, 'state', 'broker.sqlite');
    const created = await createBroker({
      loaded: expectOk(parseConfig({ file: join(folder, 'daypass.yaml'), text: CONFIG })),
      store: wrap(await openTestStore<Tables>({ path, migrations: brokerMigrations })),
      clock,
      keys,
      secret: (reference) => Promise.reject(new Error(`no secret ${reference} in this world`)),
      onTrouble: (error) => {
        throw error;
      },
    });
    return expectOk(created);
  }

  async function clients(user: string, second = other): Promise<readonly [BrokerClient, BrokerClient]> {
    const one = await world.as(user);
    const two = createBrokerClient({
      fetch: async (request) => await second.fetch(request, { kind: 'embedded', user }),
      baseUrl: BASE_URL,
      deviceKey: await world.deviceKey(user),
      clock: world.clock,
    });
    return [one, two];
  }

  it('have the same people, keys and ledger', async () => {
    const [one, two] = await clients('ana');
    expect(expectOk(await one.me()).subject).toBe(expectOk(await two.me()).subject);
    expect(await world.store().read.selectFrom('signing_keys').selectAll().execute()).toHaveLength(1);
    expect(await other.ledger.settled()).toBe(await world.broker().ledger.settled());
    expect(await other.ledger.checkpoint()).toBe(await world.broker().ledger.checkpoint());
  });

  it('take one proof of a device once between them', async () => {
    const key = await world.deviceKey('ana');
    const call = await validCall({ route: 'enrolDevice', key, nowMs: world.clock.now() });
    const caller = { kind: 'embedded', user: 'ana' } as const;
    const elsewhere = call.clone();
    expect((await world.call(call, 'ana')).status).toBe(201);
    const replayed = await other.fetch(elsewhere, caller);
    expect([replayed.status, await replayed.json()]).toMatchObject([401, { detail: 'replayed' }]);
  });

  it('make one request of a call that comes to both at once', async () => {
    const [one, two] = await clients('ana');
    const key = randomUUID();
    const [first, second] = await Promise.all([one.submit(PENGUINS, key), two.submit(PENGUINS, key)]);
    expect(expectOk(first).id).toBe(expectOk(second).id);
    expect(await world.store().read.selectFrom('requests').selectAll().execute()).toHaveLength(1);
  });

  it('give one grant when both are asked to collect at once', async () => {
    const [one, two] = await clients('ana');
    for (let round = 0; round < 3; round += 1) {
      const { id } = expectOk(await one.submit(PENGUINS, randomUUID()));
      const answers = await Promise.all([one.collect(id, randomUUID()), two.collect(id, randomUUID())]);
      expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
      for (const answer of answers) if (!answer.ok) expect(answer.error.code).toBe('collect_conflict');
    }
  });

  it('carry out an end once that the clock asks of both', async () => {
    const [one] = await clients('ana');
    const { id } = expectOk(await one.submit(PENGUINS, randomUUID()));
    const { grant } = expectOk(await one.collect(id, randomUUID()));
    world.clock.advance(2 * 3_600_000);
    await Promise.all([world.broker().runDue(), other.runDue()]);
    const { state } = await world
      .store()
      .read.selectFrom('grants')
      .select('state')
      .where('id', '=', grant.id)
      .executeTakeFirstOrThrow();
    expect(state).toBe('ended');
    await other.ledger.settled();
    const records = await world
      .store()
      .read.selectFrom('ledger_records')
      .select('kind')
      .where('grant_id', '=', grant.id)
      .where('kind', 'in', ['grant.revoking', 'grant.ended'])
      .execute();
    expect(records).toHaveLength(2);
  });

  it('leave no credential under a grant that one ends while the other issues it anew', async () => {
    const reissue = holdsReissue();
    const slow = await secondBroker(world, reissue.wrap);
    closing.push(slow.close);
    const [one, two] = await clients('ana', slow);
    const collectId = randomUUID();
    const { id } = expectOk(await one.submit(PENGUINS, randomUUID()));
    const { grant } = expectOk(await one.collect(id, collectId));
    const again = two.collect(id, collectId);
    await reissue.reached;
    const revoke = issuer.holdNext('revoke');
    let hasLooked = false;
    void revoke.reached.then(() => (hasLooked = true));
    const end = one.release(grant.id);
    await expect.poll(async () => hasLooked || (await isWaiting())).toBe(true);
    reissue.letGo();
    // It overtakes the end, which then ends what it issued, or is overtaken by it.
    await again;
    revoke.letGo();
    expect(expectOk(await end).state).toBe('ended');
    const books = { store: world.store(), ledger: slow.ledger, ledgerSeed: world.keys.ledger, personOf: String };
    expect(await faultsInBooks(books)).toEqual([]);
  });

  /** Whether a transaction waits for another one to be over. */
  async function isWaiting(): Promise<boolean> {
    const waiting = sql`select pid from pg_stat_activity where wait_event = 'transactionid'`;
    return (await waiting.execute(world.store().read)).rows.length > 0;
  }
});

function unchanged(store: BrokerStore): BrokerStore {
  return store;
}

/** A store whose reissue stands still when all of it is written and nothing committed. */
function holdsReissue() {
  const reached = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  const wrap = (store: BrokerStore): BrokerStore => ({
    ...store,
    transaction: async (work, options) =>
      await store.transaction(async (tx) => {
        const value = await work(tx);
        const begun = await tx.selectFrom('credentials').select('id').where('state', '=', 'intended').execute();
        if (begun.length > 0) {
          reached.resolve();
          await opened.promise;
        }
        return value;
      }, options),
  });
  return { wrap, reached: reached.promise, letGo: opened.resolve };
}

function replayTable({ shared, read }: BrokerStore): ReplayMemory {
  if (shared === null) throw new Error('this is about databases that are shared');
  return createReplayTable(shared, read);
}
