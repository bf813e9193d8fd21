// Retention: what is old enough goes, with a record of it; what a hold, a sink or a start needs stays; and the log verifies
// and opens as before.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { brokerMigrations } from '#broker/migrations.ts';
import { parseConfig } from '#broker/config/load-config.ts';
import { createLedger } from '#broker/ledger/create-ledger.ts';
import type { Ledger } from '#broker/ledger/ledger.ts';
import { deliveredBelow, pruneLedger } from '#broker/retention/prune-records.ts';
import type { PruneDeps } from '#broker/retention/prune-words.ts';
import type { BrokerStore, Tables } from '#broker/store.ts';
import { verifyExport } from '#shared/audit/verify-export.ts';
import type { LedgerEvent } from '#shared/domain/audit-event.ts';
import { DAY_MS, MINUTE_MS } from '#shared/domain/time.ts';
import { SAMPLES } from '#test/broker/ledger/sample-events.ts';
import { createHandClock, expectOk, newKey, openWorld, type World } from '#test/support/broker-world.ts';
import { onSqlite, openTestStore } from '#test/support/test-store.ts';
import { CONFIG } from '#test/support/world-files.ts';

describe('the bodies of records', () => {
  const clock = createHandClock(Date.parse('2026-11-24T09:00:00Z'));
  let folder: string;
  let store: BrokerStore;
  let ledger: Ledger;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'daypass-retention-'));
    store = await openTestStore<Tables>({ path: join(folder, 'broker.sqlite'), migrations: brokerMigrations });
    ledger = await openLedger();
  });
  afterEach(async () => {
    await ledger.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function openLedger(): Promise<Ledger> {
    const [ledgerSeed, erasureKey] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    return await createLedger({ store, clock, ledgerSeed, erasureKey, bootId: 'boot' });
  }
  const deps = (): PruneDeps => ({ store, ledger, clock, directory: { accounts: () => [] } });
  /** With the record of the pruning before in its place: the log is as long as it then is. */
  async function prune(beforeMs: number, below: number | null = null): Promise<number> {
    await ledger.settled();
    return await pruneLedger(deps(), beforeMs, async () => await Promise.resolve(below));
  }

  /** Records of a day each: `count` of them, of this subject. */
  async function fill(count: number, subject = 'sub_ana'): Promise<void> {
    const event: LedgerEvent = {
      ...SAMPLES['request.nudged'],
      subject,
      actor: subject,
      requestId: null,
      grantId: null,
    };
    await store.transaction(async (tx) => {
      for (let index = 0; index < count; index += 1) await ledger.append(tx, { ...event, atMs: clock.now() });
    });
    await ledger.settled();
    clock.advance(DAY_MS);
  }

  async function verified() {
    const to = join(folder, newKey());
    await ledger.exportTo(to);
    return expectOk(await verifyExport({ folder: to, keyFingerprint: ledger.keyFingerprint }));
  }

  it('go by age, never the newest that a start reads, and export and start hold', async () => {
    await fill(300);
    await fill(300);
    await fill(900);
    expect(await prune(clock.now() - 2.5 * DAY_MS)).toBe(300);
    await ledger.settled();
    expect(await verified()).toMatchObject({ verdict: 'verified', records: 1501, pruned: 300 });
    const [told] = await ledger.records({ kinds: ['records.pruned'], limit: 5 });
    expect(JSON.parse(told?.canonical ?? '{}')).toMatchObject({
      unmapped: { data: { records: 300, lastSequence: 299 } },
    });
    expect((await ledger.records({ subject: 'sub_ana', limit: 1 }))[0]?.sequence).toBe(300);
    // What a new sink will be sent, and no more.
    expect([await ledger.countAfter(-1), await ledger.countAfter(298), await ledger.countAfter(1500)]).toEqual([
      1201, 1201, 0,
    ]);
    // Old enough are 1,500; the newest 1,024 of 1,501 stay, and so does the record of the pruning. An export that was
    // begun before has what the log says of it, too.
    const [exported, goneMeanwhile] = await Promise.all([verified(), prune(clock.now())]);
    expect(goneMeanwhile).toBe(1501 - 1024 - 300);
    expect([300, 477]).toContain(exported.pruned);
    await ledger.close();
    ledger = await openLedger();
    expect(await verified()).toMatchObject({ records: 1502, pruned: 477 });
  });

  it('stay of what tells that something is missing, contradicted, held or under another name', async () => {
    await store.transaction(async (tx) => {
      for (const sample of Object.values(SAMPLES))
        await ledger.append(tx, { ...sample, requestId: null, grantId: null, atMs: clock.now() });
    });
    await ledger.settled();
    clock.advance(DAY_MS);
    await fill(1024);
    await prune(clock.now());
    const left = await store.read
      .selectFrom('ledger_records')
      .select('kind')
      .where('sequence', '<', Object.keys(SAMPLES).length)
      .where('kind', '!=', 'pruned')
      .execute();
    expect(left.map(({ kind }) => kind).toSorted()).toEqual([
      'audit.epoch_opened',
      'audit.forked',
      'audit.pruned',
      'hold.placed',
      'hold.released',
      'ledger.epoch_opened',
      'ledger.key_rotated',
      'records.pruned',
      'subject.erased',
      'words.pruned',
    ]);
  });

  onSqlite(it)('count as delivered only in the epoch that the ledger is in', () => {
    const cursor = { origin: 'x', epoch: 2, sequence: 41 };
    const [ahead, behind] = [
      { ...cursor, sequence: 99 },
      { ...cursor, epoch: 1 },
    ];
    expect(deliveredBelow({ kind: 'no_sinks' }, 2)).toBeNull();
    expect(deliveredBelow({ kind: 'nothing' }, 2)).toBe(0);
    expect(deliveredBelow({ kind: 'up_to', cursors: [ahead, cursor] }, 2)).toBe(42);
    expect(deliveredBelow({ kind: 'up_to', cursors: [cursor] }, 3)).toBe(0);
    expect(deliveredBelow({ kind: 'up_to', cursors: [cursor, behind] }, 2)).toBe(0);
  });

  it('stay while a hold stands, and until every sink has them', async () => {
    await fill(20, 'sub_held');
    await fill(20);
    await fill(1024);
    const account = { id: 'sub_held', issuer: 'https://id.example.org', external_id: 'held', created_at_ms: 1 };
    const hold = { id: 'hld_1', person: 'sub_held', reason: 'x', placed_by: 'sub_lee', placed_at_ms: 1 };
    await store.transaction(async (tx) => {
      await tx.insertInto('subjects').values(account).execute();
      await tx
        .insertInto('legal_holds')
        .values({ ...hold, released_at_ms: null })
        .execute();
    });
    expect(await prune(clock.now(), 30)).toBe(10);
    // One more: the record of the pruning made the log longer.
    expect(await prune(clock.now())).toBe(11);
    await store.transaction(async (tx) => {
      await tx.updateTable('legal_holds').set({ released_at_ms: 2 }).execute();
    });
    expect(await prune(clock.now(), 0)).toBe(0);
    expect(await prune(clock.now())).toBe(21);
    expect((await verified()).pruned).toBe(42);
  });
});

describe('words', () => {
  let world: World;
  afterEach(async () => await world.close());
  const asked = { resource: 'dataset:penguins', actions: ['read'], purpose: 'evaluation', durationMs: 60 * MINUTE_MS };

  /** So long, the last day of which the broker runs: what is old by a clock that jumped is not. */
  async function live(days: number): Promise<void> {
    world.clock.advance((days - 1) * DAY_MS);
    await world.broker().runDue();
    await world.broker().ledger.settled();
    world.clock.advance(DAY_MS);
    await world.broker().runDue();
  }

  async function wordsLeft(): Promise<readonly string[]> {
    const rows = await world
      .store()
      .read.selectFrom('requests')
      .select('justification')
      .orderBy('created_at_ms')
      .execute();
    return rows.map(({ justification }) => justification);
  }

  it('go when what they are about is over for so long, and with them the key of their time in the ledger', async () => {
    world = await openWorld({ config: `${CONFIG}retention: { words: P30D }\n` });
    const ana = await world.as('ana');
    const old = expectOk(await ana.submit({ ...asked, justification: 'Old words' }, newKey()));
    const { grant } = expectOk(await ana.collect(old.id, newKey()));
    expectOk(await ana.release(grant.id));
    const { read } = world.store();
    const keysOf = async () => (await read.selectFrom('ledger_word_keys').select('from_ms').execute()).length;
    world.clock.advance(25 * DAY_MS);
    expectOk(await ana.submit({ ...asked, justification: 'New words' }, newKey()));
    await world.broker().runDue();
    expect(await wordsLeft()).toEqual(['Old words', 'New words']);
    await live(10);
    expect(await wordsLeft()).toEqual(['', 'New words']);
    const before = await keysOf();
    await live(70);
    expect(await wordsLeft()).toEqual(['', '']);
    expect(before).toBeGreaterThan(0);
    expect(await keysOf()).toBe(0);
    expect(world.troubles).toEqual([]);
  });

  it('of a person whose data is held stay, and all stay where nothing is configured', async () => {
    world = await openWorld({ config: `${CONFIG}retention: { words: P1D }\n` });
    for (const user of ['ana', 'max']) {
      const { id } = expectOk(await (await world.as(user)).submit({ ...asked, justification: `Of ${user}` }, newKey()));
      expectOk(await (await world.as(user)).withdraw(id));
      world.clock.advance(MINUTE_MS);
    }
    const lee = await world.as('lee');
    const { people } = expectOk(await lee.people());
    expectOk(await lee.placeHold(people.find(({ name }) => name.startsWith('Ana'))?.person ?? '', 'A matter'));
    await live(3);
    expect(await wordsLeft()).toEqual(['Of ana', '']);
  });

  it('of a person whose data is held stay also when nobody knows that person any more, and are not erased', async () => {
    const config = `${CONFIG}retention: { words: P1D }\n`;
    world = await openWorld({ config });
    const ana = await world.as('ana');
    const { id } = expectOk(await ana.submit({ ...asked, justification: 'Of ana' }, newKey()));
    expectOk(await ana.withdraw(id));
    const { subject } = expectOk(await ana.me());
    const lee = await world.as('lee');
    const { people } = expectOk(await lee.people());
    const hold = expectOk(
      await lee.placeHold(people.find(({ name }) => name.startsWith('Ana'))?.person ?? '', 'A matter'),
    );
    await world.stop();
    const without = config.replaceAll(/^ *- \{ name: ana2?, .*\n/gm, '');
    expect(without).not.toBe(config);
    const loaded = parseConfig({ file: join(world.folder, 'daypass.yaml'), text: without });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
    await world.start({ loaded: loaded.value });
    await expect(live(3)).rejects.toThrow('legal hold');
    expect(await wordsLeft()).toEqual(['Of ana']);
    const erasing = await (await world.as('lee')).erasePerson(subject, 'Asked for');
    expect(erasing).toMatchObject({ ok: false, error: { code: 'legal_hold' } });
    expectOk(await (await world.as('lee')).releaseHold(hold.id, 'Over'));
    await world.broker().runDue();
    expect(await wordsLeft()).toEqual(['']);
  });

  it('survive a clock that jumps ahead by years and is put right within the day', async () => {
    world = await openWorld({ config: `${CONFIG}retention: { words: P1D, records: P30D }\n` });
    const ana = await world.as('ana');
    const { id } = expectOk(await ana.submit({ ...asked, justification: 'Still wanted' }, newKey()));
    expectOk(await ana.withdraw(id));
    for (const days of [3650, 0.9]) {
      world.clock.advance(days * DAY_MS);
      await world.broker().runDue();
      await world.broker().ledger.settled();
    }
    expect(await wordsLeft()).toEqual(['Still wanted']);
    const keys = await world.store().read.selectFrom('ledger_word_keys').select('id').execute();
    expect(keys).toHaveLength(1);
    // Nobody did.
    world.clock.advance(0.2 * DAY_MS);
    await world.broker().runDue();
    expect(await wordsLeft()).toEqual(['']);
  });
});
