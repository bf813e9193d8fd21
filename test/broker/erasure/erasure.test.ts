// What an erasure reaches at a broker, what stays, and what a restored backup brings back.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { nextVersion } from '#broker/identity/directory-version.ts';
import { verifyExport } from '#shared/audit/verify-export.ts';
import type { ErasureReach } from '#shared/contracts/erasure-api.ts';
import { signDeviceProof } from '#shared/device/device-proof.ts';
import { MINUTE_MS } from '#shared/domain/time.ts';
import { BASE_URL, expectOk, newKey, openWorld, type World } from '#test/support/broker-world.ts';
import { dumpHolding } from '#test/support/columns-holding.ts';
import { filesHoldingText } from '#test/support/scan-bytes.ts';
import { standaloneWorld } from '#test/support/standalone-world.ts';
import { backUpStore, isOnPostgres, onSqlite } from '#test/support/test-store.ts';
import { CONFIG } from '#test/support/world-files.ts';

const NAME = 'Quillfeather Oss';
const WORDS = 'Quillfeather Oss counts the rainy days';
const REASON = 'Asked for in a letter';
/** Could approve for Ana. */
const APPROVER = 'Thornwhistle Ash';
/** Ana and Jo under names that nothing else has in it. */
const NAMED = CONFIG.replace('displayName: Ana Lima,', `displayName: ${NAME},`)
  .replace('displayName: Jo Berg,', `displayName: ${APPROVER},`)
  .replace(', person: ana,', ', person: ana2,');

let world: World;
afterEach(async () => await world.close());

const erasedFile = (): string => join(world.folder, 'erased-subjects');

async function openNamed(): Promise<void> {
  world = await openWorld({ config: NAMED });
  await restart();
}
async function restart(): Promise<void> {
  await world.stop();
  await world.start({ erasedFile: erasedFile(), witnessFile: join(world.folder, 'ledger-witness') });
}

async function personOf(name: string): Promise<string> {
  const { people } = expectOk(await (await world.as('lee')).people());
  const found = people.find((each) => each.name === name);
  if (found === undefined) throw new Error(`nobody is called ${name}`);
  return found.person;
}

/** Running access, a request that waits, with words, and the name among those who could approve for somebody else. */
async function aLife(): Promise<void> {
  const ana = await world.as('ana');
  const asked = {
    actions: ['read'],
    purpose: 'evaluation',
    durationMs: 60 * MINUTE_MS,
    justification: WORDS,
    ticket: 'Q-1',
  };
  const { id } = expectOk(await ana.submit({ ...asked, resource: 'dataset:weather' }, newKey()));
  expectOk(await ana.collect(id, newKey()));
  expectOk(await ana.submit({ ...asked, resource: 'dataset:legislators' }, newKey()));
}

const rowsOf = ({ places }: ErasureReach): Readonly<Record<string, number>> =>
  Object.fromEntries(places.flatMap(({ place, rows }) => (rows === 0 ? [] : [[place, rows]])));

async function me(user: string): Promise<string> {
  return expectOk(await (await world.as(user)).me()).subject;
}

describe('an erasure', () => {
  it('says what it will reach, reaches it, ends what ran, and leaves a log that verifies', async () => {
    await openNamed();
    await aLife();
    const lee = await world.as('lee');
    const person = await personOf(NAME);
    const before = expectOk(await lee.erasureReach(person));
    expect(rowsOf(before)).toMatchObject({ ledger_words: 1, requests: 2, repeats: 2, devices: 1, pseudonyms: 1 });
    const [subject] = before.accounts;
    expect(subject).toBe(await me('ana'));
    expect(expectOk(await lee.erasePerson(person, REASON)).state).toBe('applied');
    // Configured still, so somebody by that name comes back: as another account that nothing belongs to.
    const again = await me('ana');
    expect(again).not.toBe(subject);
    expect(expectOk(await (await world.as('ana')).requests()).requests).toEqual([]);
    const { read } = world.store();
    const states = await read.selectFrom('grants').select('state').execute();
    expect(states).toEqual([{ state: 'ended' }]);
    const row = read
      .selectFrom('subjects')
      .select(['issuer', 'external_id'])
      .where('id', '=', subject ?? '');
    expect(await row.execute()).toEqual([{ issuer: '', external_id: subject }]);
    expect(expectOk(await lee.erasures(0)).erased).toEqual([subject]);
    const folder = join(world.folder, 'export');
    await world.broker().ledger.exportTo(folder);
    const { keyFingerprint } = world.broker().ledger;
    expect(await verifyExport({ folder, keyFingerprint })).toMatchObject({ ok: true });
    expect(readFileSync(erasedFile(), 'utf8')).toMatch(/^daypass erased subjects 1\n[\w-]{43}\n$/);
    expect(world.troubles).toEqual([]);
  });

  it('leaves nothing in the database: in the file of SQLite and its log, in a dump of PostgreSQL', async () => {
    await openNamed();
    await aLife();
    const holding = async (text: string): Promise<readonly string[]> =>
      isOnPostgres()
        ? await dumpHolding(world.store().read, text)
        : filesHoldingText(join(world.folder, 'state'), text);
    expect(await holding(WORDS)).not.toEqual([]);
    expect(await holding(APPROVER), 'asked for the request that waits').not.toEqual([]);
    const rows = world.store().read.selectFrom('requests').select(['id', 'decision']);
    const asked = await rows.where('decision', 'like', `%${APPROVER}%`).executeTakeFirstOrThrow();
    const lee = await world.as('lee');
    expect(rowsOf(expectOk(await lee.erasureReach(await personOf(APPROVER))))).toMatchObject({ asked_approvers: 1 });
    for (const name of [NAME, APPROVER]) expectOk(await lee.erasePerson(await personOf(name), REASON));
    for (const text of [WORDS, NAME, APPROVER, REASON]) expect(await holding(text), text).toEqual([]);
    // As one that was decided while the erasure went on, by who still had the name.
    const { decision } = asked;
    await world.store().transaction(async (tx) => {
      await tx.updateTable('requests').set({ decision }).where('id', '=', asked.id).execute();
      await tx.updateTable('erased_subjects').set({ settled_at_ms: null }).execute();
    });
    expect(await holding(APPROVER)).not.toEqual([]);
    await restart();
    expect(await holding(APPROVER)).toEqual([]);
  });

  it('takes no words of a call that began before it: whoever is slow to send has been somebody else since', async () => {
    await openNamed();
    await aLife();
    const late = 'Thornquill writes slowly';
    const subject = await me('ana');
    const call = await slowSubmission('ana', late);
    expectOk(await (await world.as('lee')).erasePerson(await personOf(NAME), REASON));
    const answer = await call.finish();
    expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'unavailable' }]);
    const { read } = world.store();
    expect(await read.selectFrom('ledger_word_keys').select('id').where('subject', '=', subject).execute()).toEqual([]);
    const words = await read.selectFrom('requests').select('id').where('justification', '!=', '').execute();
    expect(words).toEqual([]);
    world.troubles.splice(0);
  });

  it('is done again when a backup brings it back, before anything is served, and on record', async () => {
    await openNamed();
    await aLife();
    const person = await personOf(NAME);
    const subject = await me('ana');
    await world.stop();
    const putBack = await backUpStore(join(world.folder, 'state', 'broker.sqlite'));
    await restart();
    expectOk(await (await world.as('lee')).erasePerson(person, REASON));
    await world.stop();
    await putBack();
    await restart();
    expect(await me('ana')).not.toBe(subject);
    const { read } = world.store();
    const left = await read.selectFrom('requests').select('id').where('justification', '!=', '').execute();
    expect(left).toEqual([]);
    await world.broker().ledger.settled();
    const records = await read
      .selectFrom('ledger_records')
      .select('canonical')
      .where('kind', '=', 'subject.erased')
      .execute();
    expect(records.map(({ canonical }) => canonical)).toEqual([expect.stringContaining('"agreedBy":"after_restore"')]);
    const key = await read.selectFrom('ledger_word_keys').select('id').where('subject', '=', subject).execute();
    expect(key).toEqual([]);
    if (isOnPostgres()) expect(await dumpHolding(read, WORDS)).toEqual([]);
    else expect(filesHoldingText(join(world.folder, 'state'), WORDS)).toEqual([]);
  });

  onSqlite(it)('does not start over a list that somebody spoilt', async () => {
    await openNamed();
    await world.stop();
    world.writeFile('erased-subjects', 'nothing\n');
    await expect(restart()).rejects.toThrow(/no list of erased subjects/);
  });
});

describe('a legal hold', () => {
  it('refuses an erasure, keeps one that waits from being done, and is released by two', async () => {
    world = await standaloneWorld({ config: NAMED });
    const [lee, kai] = [await world.as('lee'), await secondAdmin()];
    const person = await personOf(NAME);
    const change = expectOk(await lee.erasePerson(person, REASON));
    expect(change.state).toBe('waiting');
    const hold = expectOk(await kai.placeHold(person, 'A matter before the court'));
    expect(await kai.answerChange(change.id, true, 'Fine')).toMatchObject({ ok: false, error: { code: 'legal_hold' } });
    expect(await lee.erasePerson(person, REASON)).toMatchObject({ ok: false, error: { code: 'legal_hold' } });
    expect(expectOk(await lee.holds()).holds).toEqual([expect.objectContaining({ id: hold.id, name: NAME })]);
    expect(await (await world.as('ana')).holds()).toMatchObject({ ok: false, error: { code: 'forbidden' } });
    const release = expectOk(await lee.releaseHold(hold.id, 'The matter is closed'));
    expect(release.state).toBe('waiting');
    expect(expectOk(await lee.answerChange(release.id, true, 'Again')).state).toBe('waiting');
    expect(expectOk(await kai.answerChange(release.id, true, 'Closed')).state).toBe('applied');
    expect(expectOk(await lee.holds()).holds).toEqual([]);
    expect(expectOk(await kai.answerChange(change.id, true, 'Now')).state).toBe('applied');
    expect((await lee.erasureReach(person)).ok).toBe(false);
    const reasons = await world.store().read.selectFrom('legal_holds').select('reason').execute();
    expect(reasons).toEqual([{ reason: '' }]);
  });
});

describe('an erasure at a team', () => {
  it('forgets the account on the spot; who signs in again is seen anew, and what was disabled stays so', async () => {
    const team = await standaloneWorld({ config: NAMED });
    world = team;
    const [lee, kai] = [await world.as('lee'), await secondAdmin()];
    await aLife();
    const subject = await me('ana');
    const taken = expectOk(await lee.erasePerson(subject, REASON));
    expect(taken).toMatchObject({ mine: false, yours: true });
    expect(expectOk(await lee.answerChange(taken.id, false, 'The wrong person')).state).toBe('rejected');
    expect(await kai.answerChange(taken.id, true, 'Agreed')).toMatchObject({ error: { code: 'state_conflict' } });
    const change = expectOk(await lee.erasePerson(subject, REASON));
    expect(change.id).not.toBe(taken.id);
    expect(change.lines.join()).toContain(NAME);
    const seen = expectOk(await kai.changes()).changes;
    expect(seen).toEqual([expect.objectContaining({ id: change.id, mine: true, yours: false })]);
    expect(expectOk(await kai.answerChange(change.id, true, 'Agreed')).state).toBe('applied');
    const finished = async () => expectOk(await lee.finishedErasures()).erasures;
    const [done, ...more] = await finished();
    expect(more).toEqual([]);
    expect(done).toMatchObject({ agreedBy: 'two_people', people: ['Lee Novak', 'Sam Okoye'], accounts: [subject] });
    expect(done?.reached).toContainEqual({ place: 'requests', rows: 2 });
    expect(done).toMatchObject({ settled: true, desktops: 1, desktopsOpen: 1 });
    expect(JSON.stringify(done)).not.toContain(NAME);
    expect(expectOk(await lee.people()).people.map(({ name }) => name)).not.toContain(NAME);
    const { read } = world.store();
    expect(await read.selectFrom('accounts').select('name').where('subject', '=', subject).execute()).toEqual([]);
    // Her desktop connects again: it asks who was erased in the same breath.
    world.clock.advance(MINUTE_MS);
    const fresh = await me('ana');
    expect(fresh).not.toBe(subject);
    expect(await finished()).toMatchObject([{ desktops: 1, desktopsOpen: 0 }]);
    await disableAccount(fresh);
    expect((await team.call(new Request(`${BASE_URL}/v1/me`), 'ana')).status).toBe(401);
    const second = expectOk(await lee.erasePerson(fresh, REASON));
    expectOk(await kai.answerChange(second.id, true, 'Agreed'));
    world.clock.advance(MINUTE_MS);
    expect((await team.call(new Request(`${BASE_URL}/v1/me`), 'ana')).status).toBe(401);
  });
});

/** A request whose body is still on its way when this resolves: the broker has let the caller in. */
async function slowSubmission(user: string, justification: string) {
  const wish = {
    resource: 'dataset:weather',
    actions: ['read'],
    purpose: 'evaluation',
    duration: 'PT1H',
    justification,
  };
  const url = `${BASE_URL}/v1/requests`;
  const key = await world.deviceKey(user);
  const isRead = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        isRead.resolve();
        await goOn.promise;
        controller.enqueue(new TextEncoder().encode(JSON.stringify(wish)));
        controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  const headers = {
    'content-type': 'application/json',
    'idempotency-key': newKey(),
    dpop: await signDeviceProof({ key, method: 'POST', url, nowMs: world.clock.now() }),
  };
  const answer = world.call(new Request(url, { method: 'POST', headers, body, duplex: 'half' }), user);
  await Promise.race([isRead.promise, answer]);
  return {
    finish: async (): Promise<Response> => {
      goOn.resolve();
      return await answer;
    },
  };
}

/** Sam becomes one by the role that the token says. */
async function secondAdmin() {
  const team = world as Awaited<ReturnType<typeof standaloneWorld>>;
  // The newest token counts.
  world.clock.advance(MINUTE_MS);
  team.signIn('sam', { claims: { roles: ['admin'] } });
  return await world.as('sam');
}

/** As a directory does: this account, not the human behind it. */
async function disableAccount(subject: string): Promise<void> {
  await world.store().transaction(async (tx) => {
    await tx.insertInto('disabled').values({ id: subject, because_of: subject, at_ms: world.clock.now() }).execute();
    await nextVersion(tx);
  });
}
