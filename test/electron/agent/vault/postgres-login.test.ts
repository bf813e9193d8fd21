// A database login instead of a token, through the whole agent of a team's desktop: its password is in the keychain and,
// when copied, on the clipboard; nowhere else, and in neither of them after the end.
import { randomBytes, randomUUID } from 'node:crypto';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { DesktopState } from '#shared/contracts/desktop/state.ts';
import type { GrantView } from '#shared/contracts/broker-api.ts';
import { FORM } from '#test/support/agent-world.ts';
import { expectOk, openWorld, type World } from '#test/support/broker-world.ts';
import { openHttpBroker, type HttpBroker } from '#test/support/http-broker.ts';
import { ANA } from '#test/support/oidc/accounts.ts';
import { copiesIn, openTeamDesk, shows, signInAt, type TeamDesk } from '#test/support/team-desk.ts';

const TARGET = { host: 'db.example.org', port: 5432, database: 'trips', user: 'dp_1', sslmode: 'verify-full' } as const;

let world: World;
let broker: HttpBroker;
let ticking: NodeJS.Timeout;
/** What the next login opens with. */
let password: string;
beforeAll(async () => {
  world = await openWorld({
    startAt: new Date().toISOString(),
    wrapIssuer: (issuer) => ({
      ...issuer,
      issue: async (order) => {
        const { expiresAtMs } = await issuer.issue(order);
        return { kind: 'postgres_login', secret: password, expiresAtMs, target: TARGET };
      },
    }),
  });
  ticking = setInterval(() => world.clock.set(Date.now()), 20);
  broker = await openHttpBroker(world);
});
afterAll(async () => {
  await broker[Symbol.asyncDispose]();
  clearInterval(ticking);
  await world.close();
});

let desk: TeamDesk;
beforeEach(async () => {
  password = randomBytes(24).toString('base64url');
  desk = await openTeamDesk({ account: ANA, managedBroker: broker.url });
  await signInAt(desk);
});
afterEach(async () => {
  await desk.dispose();
});

async function ask(durationMs: number): Promise<string> {
  const wish = { ...FORM, durationMs };
  return expectOk(await desk.agent.commands.ask({ wish, attempt: randomUUID() })).requestId;
}

async function checkOut(durationMs = 60_000): Promise<DesktopState['grants'][number]> {
  const requestId = await ask(durationMs);
  return await shows(desk, ({ grants }) =>
    grants.find((card) => card.requestId === requestId && card.phase === 'active'),
  );
}

async function grantOf(requestId: string): Promise<GrantView | undefined> {
  const { grants } = expectOk(await (await world.as('ana')).grants({}));
  return grants.find((grant) => grant.requestId === requestId);
}

/** Every file of a folder that holds these words, in any way in which they may have been written down. */
function filesWith(folder: string, words: string): readonly string[] {
  const bytes = Buffer.from(words);
  // Base64 of something longer holds one of three shapes; the ends depend on the neighbours.
  const shifted = [0, 1, 2].map((by) =>
    Buffer.concat([Buffer.alloc(by), bytes])
      .toString('base64')
      .replaceAll('=', '')
      .slice(4, -4),
  );
  const shapes = [words, bytes.toString('hex'), ...shifted].map((shape) => Buffer.from(shape));
  shapes.push(Buffer.from(words, 'utf16le'));
  const files = globSync('**/*', { cwd: folder, withFileTypes: true }).filter((file) => file.isFile());
  return files
    .map((file) => join(file.parentPath, file.name))
    .filter((file) => shapes.some((shape) => readFileSync(file).includes(shape)));
}

async function leavesNoTrace(requestId: string): Promise<void> {
  const exported = mkdtempSync(join(tmpdir(), 'daypass-export-'));
  try {
    expectOk(await desk.agent.exportLogs(exported));
    for (const folder of [desk.folder, exported, world.folder]) {
      expect(filesWith(folder, requestId), 'what is on record is found').not.toEqual([]);
      expect(filesWith(folder, password)).toEqual([]);
    }
  } finally {
    rmSync(exported, { recursive: true, force: true });
  }
  expect(JSON.stringify(desk.agent.state())).not.toContain(password);
  expect(desk.troubles.join()).not.toContain(password);
}

it('is copied as its password, which is in no row, record or file, and gone after Done', async () => {
  const card = await checkOut();
  expect(card.credentialKind).toBe('postgres_login');
  const [item = ''] = copiesIn(desk);
  expect(desk.keychain.items.get(item)?.toString()).toBe(password);
  expectOk(await desk.agent.commands['copy-token']({ grantId: card.grantId }));
  expect(desk.clipboard.text).toBe(password);
  expect(desk.clipboard.concealed).toBe(true);
  await leavesNoTrace(card.requestId);
  expectOk(await desk.agent.commands.done({ grantId: card.grantId }));
  expect(copiesIn(desk)).toEqual([]);
  expect(desk.clipboard.text).toBeNull();
  await expect.poll(async () => (await grantOf(card.requestId))?.endReason, { timeout: 10_000 }).toBe('released');
  await leavesNoTrace(card.requestId);
});

it('is wiped when its time is over, also from the clipboard', async () => {
  const card = await checkOut(4000);
  expectOk(await desk.agent.commands['copy-token']({ grantId: card.grantId }));
  await shows(desk, ({ grants }) => grants.length === 0);
  expect(Date.now()).toBeGreaterThanOrEqual(card.endsAtMs);
  expect(copiesIn(desk)).toEqual([]);
  expect(desk.clipboard.text).toBeNull();
});

it('is taken with 2,400 bytes, which every keychain holds', async () => {
  password = randomBytes(1200).toString('hex');
  const card = await checkOut();
  expectOk(await desk.agent.commands['copy-token']({ grantId: card.grantId }));
  expect(desk.clipboard.text).toBe(password);
});

it('is refused when it is longer, and the access that the broker began is given back', async () => {
  password = `${randomBytes(1200).toString('hex')}x`;
  const requestId = await ask(60_000);
  await shows(desk, ({ requests }) =>
    requests.some((request) => request.requestId === requestId && request.problem === 'keychain_too_large'),
  );
  await expect.poll(async () => (await grantOf(requestId))?.endReason, { timeout: 10_000 }).toBe('released');
  expect(copiesIn(desk)).toEqual([]);
  expect(desk.agent.state().grants).toEqual([]);
  expect(desk.clipboard.text).toBeNull();
  await leavesNoTrace(requestId);
});
