// A person whose name and words occur nowhere else, and a token, through a whole life: on a real desktop and a broker on
// SQLite, and at a team's broker on PostgreSQL. In no file is the token; name and words are where docs/privacy.md says,
// sealed everywhere else; and after an erasure they are nowhere.
import { randomUUID } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CompiledQuery } from 'kysely';
import { afterAll, afterEach, expect, it } from 'vitest';
import type { BrokerClient } from '#shared/client/broker-client.ts';
import { MINUTE_MS } from '#shared/domain/time.ts';
import { openReadOnly } from '#shared/store/open-read-only.ts';
import { FORM } from '#test/support/agent-world.ts';
import { expectOk, newKey, openEmbeddedWorld, type World } from '#test/support/broker-world.ts';
import { columnsHolding } from '#test/support/columns-holding.ts';
import { openHttpBroker } from '#test/support/http-broker.ts';
import { anotherAccount } from '#test/support/oidc/accounts.ts';
import { startPostgres } from '#test/support/postgres.ts';
import { columnsOfClass } from '#test/support/privacy-columns.ts';
import { filesHoldingText, formsOfText, holdsText } from '#test/support/scan-bytes.ts';
import { standaloneWorld, type StandaloneWorld } from '#test/support/standalone-world.ts';
import { openTeamDesk, shows, signInAt, type TeamDesk } from '#test/support/team-desk.ts';
import { useServer } from '#test/support/test-store.ts';
import { CONFIG } from '#test/support/world-files.ts';

/** In the name and in all words, and long enough to be told from chance however it is encoded. */
const CANARY = 'Quillfeathermossgrove';
const NAME = `Ana ${CANARY}`;
const WORDS = `${CANARY} reconciles the penguin census`;
const NOTE = `Seen by ${CANARY} and not found good`;
const NAMED = CONFIG.replace('displayName: Ana Lima,', `displayName: ${NAME},`)
  .replace(', person: ana,', ', person: ana2,')
  .replace('name: ana,', 'name: ana, admin: false,');
const SINK = 'sinks:\n  - { kind: file, name: local, path: trail/audit.jsonl }\n';
const CLEAR = ['name', 'words', 'login', 'address'];

const PATIENCE = { timeout: 20_000 };

const open: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});
afterAll(() => useServer(null));

/** Access with words, one request that waits with words, and an answer with words to somebody else's. */
async function broughtAbout(ana: BrokerClient, world: World): Promise<string> {
  const wish = { actions: ['read'], purpose: 'evaluation', durationMs: 60 * MINUTE_MS, justification: WORDS };
  const { id } = expectOk(await ana.submit({ ...wish, resource: 'dataset:penguins' }, newKey()));
  const { credential } = expectOk(await ana.collect(id, newKey()));
  expectOk(await ana.submit({ ...wish, resource: 'dataset:legislators', ticket: `${CANARY}-1` }, newKey()));
  const jo = await world.as('jo');
  const [asked] = expectOk(await jo.requests({ role: 'approver' })).requests;
  expectOk(await jo.answer(asked?.id ?? '', { answer: 'reject', scopeHash: asked?.scopeHash ?? '', reason: NOTE }));
  return credential.secret;
}

const tokenPart = (token: string): string => token.slice(-40);

async function exportHolds(world: World, folder: string): Promise<readonly string[]> {
  mkdirSync(folder, { recursive: true });
  await world.broker().ledger.exportTo(folder);
  return filesHoldingText(folder, CANARY);
}

function expectListed(columns: readonly string[], where: 'broker' | 'desktop'): void {
  const listed = columnsOfClass(where, ...CLEAR);
  expect(columns.filter((column) => !listed.has(column))).toEqual([]);
}

it('on one machine: broker and desktop, held, used, crashed, erased', { timeout: 120_000 }, async () => {
  const account = anotherAccount('ana', { name: NAME, person: 'ana' });
  const world = await openEmbeddedWorld({ config: `${NAMED}${SINK}`, startAt: new Date().toISOString() });
  open.push(world.close);
  const ticking = setInterval(() => world.clock.set(Date.now()), 20);
  open.push(() => clearInterval(ticking));
  await world.stop();
  await world.start({ erasedFile: join(world.folder, 'erased-subjects'), witnessFile: join(world.folder, 'witness') });
  const broker = await openHttpBroker(world, { accounts: [account] });
  open.push(async () => await broker[Symbol.asyncDispose]());
  const desk = await openTeamDesk({ account, wipeOnQuit: false });
  open.push(desk.dispose);
  expectOk(await desk.agent.commands.connect({ url: broker.url }));
  await signInAt(desk);
  const wish = { ...FORM, justification: WORDS, durationMs: 30 * MINUTE_MS };
  expectOk(await desk.agent.commands.ask({ wish, attempt: randomUUID() }));
  const { grantId } = await shows(desk, ({ grants }) => grants.find(({ phase }) => phase === 'active'));
  expectOk(await desk.agent.commands['copy-token']({ grantId }));
  const token = await broughtAbout(await world.as('ana'), world);
  const copied = desk.clipboard.text ?? '';
  const state = join(world.folder, 'state');
  const trail = join(world.folder, 'trail');
  await expect.poll(() => filesHoldingText(trail, 'approval.answered'), PATIENCE).not.toEqual([]);
  // The write-ahead logs as a crash leaves them.
  const crashed = join(world.folder, 'crashed');
  cpSync(state, join(crashed, 'broker'), { recursive: true });
  cpSync(desk.folder, join(crashed, 'desktop'), { recursive: true });
  for (const secret of [token, copied, refreshTokenIn(desk)]) {
    expect(secret.length, 'a secret to look for').toBeGreaterThan(40);
    for (const folder of [state, trail, desk.folder, crashed])
      expect(filesHoldingText(folder, tokenPart(secret)), 'token').toEqual([]);
  }
  const columns = await columnsHolding(world.store().read, CANARY, 'sqlite');
  expectListed(columns, 'broker');
  expect(columns, 'what was looked for is there').toEqual(expect.arrayContaining(['requests.justification']));
  expect(await exportHolds(world, join(world.folder, 'export'))).toEqual([]);
  expect(filesHoldingText(trail, CANARY)).toEqual([]);
  expect(filesHoldingText(crashed, CANARY).length, 'on both sides').toBeGreaterThan(1);
  for (const file of readdirSync(desk.folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.sqlite'),
  )) {
    const kept = openReadOnly({ kind: 'sqlite', path: join(desk.folder, file) });
    expectListed(await columnsHolding(kept, CANARY, 'sqlite'), 'desktop');
    await kept.destroy();
  }

  const lee = await world.as('lee');
  expectOk(await lee.erasePerson(await personCalled(lee, NAME), 'They asked for it'));
  await shows(desk, ({ connection }) => connection.kind === 'team' && connection.signIn.kind === 'signed_out');
  await expect.poll(() => filesHoldingText(desk.folder, CANARY), PATIENCE).toEqual([]);
  expect(filesHoldingText(state, CANARY)).toEqual([]);
  expect(await exportHolds(world, join(world.folder, 'export-after'))).toEqual([]);
  expect(holdsText(Buffer.from(desk.troubles.join('\n')), formsOfText(CANARY))).toBe(false);
});

it('at a team on PostgreSQL: its data folder after a checkpoint too', { timeout: 120_000 }, async () => {
  const postgres = await startPostgres({ settings: ['wal_recycle=off', 'autovacuum=off'] });
  open.push(postgres.close);
  useServer(postgres);
  open.push(() => useServer(null));
  process.env['DAYPASS_TEST_STORE'] = 'postgres';
  open.push(() => void delete process.env['DAYPASS_TEST_STORE']);
  const world: StandaloneWorld = await standaloneWorld({ config: NAMED });
  open.push(world.close);
  const token = await broughtAbout(await world.as('ana'), world);
  const flushed = async (): Promise<void> => {
    for (const statement of ['select pg_switch_wal()', 'checkpoint']) await postgres.query(statement);
  };
  // As the server does by itself from time to time: what it samples for its planning is a copy too.
  await world.store().shared?.statement(CompiledQuery.raw('analyze'));
  await flushed();
  expectListed(await columnsHolding(world.store().read, CANARY, 'postgres'), 'broker');
  expect(filesHoldingText(postgres.folder, CANARY), 'the scan finds what is there').not.toEqual([]);
  expect(filesHoldingText(postgres.folder, tokenPart(token))).toEqual([]);
  expect(await exportHolds(world, join(world.folder, 'export'))).toEqual([]);
  world.clock.advance(MINUTE_MS);
  world.signIn('sam', { claims: { roles: ['admin'] } });
  const lee = await world.as('lee');
  const change = expectOk(await lee.erasePerson(await personCalled(lee, NAME), 'They asked for it'));
  expect(expectOk(await (await world.as('sam')).answerChange(change.id, true, 'Agreed')).state).toBe('applied');
  const left = async (): Promise<readonly string[]> => {
    await flushed();
    return filesHoldingText(postgres.folder, CANARY);
  };
  // Whatever else the server does may keep a segment of its log for one checkpoint more.
  await expect.poll(left, PATIENCE).toEqual([]);
  expect(await exportHolds(world, join(world.folder, 'export-after'))).toEqual([]);
});

/** The one thing that a sign-in leaves in the keychain. */
function refreshTokenIn({ keychain }: TeamDesk): string {
  const texts = [...keychain.items.values()].map((bytes) => bytes.toString('utf8'));
  return texts.map((text) => /"refreshToken":"([^"]+)"/.exec(text)?.[1]).find((found) => found !== undefined) ?? '';
}

async function personCalled(lee: BrokerClient, wanted: string): Promise<string> {
  return expectOk(await lee.people()).people.find(({ name }) => name === wanted)?.person ?? '';
}
