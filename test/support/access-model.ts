// What random runs do with a broker, step by step, and what must hold after each step whatever came before.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Reply, Wish } from '#shared/client/broker-client.ts';
import type { CollectedView } from '#shared/contracts/broker-api.ts';
import type { RequestState } from '#shared/domain/request.ts';
import type { GrantRow } from '#broker/access/tables.ts';
import { use } from './access-steps.ts';
import type { World } from './broker-world.ts';
import { faultsInBooks } from './check-books.ts';
import type { GatedIssuer, IssuerStep } from './gated-issuer.ts';

export type Requester = 'ana' | 'max';
export type Approver = 'jo' | 'sam' | 'sam2' | 'ana2' | 'ana' | 'max' | 'lee';

type Asked = { readonly user: Requester; readonly wish: Wish; readonly key: string; id: string | null };
type Token = {
  readonly requestId: string;
  readonly credentialId: string;
  /** A token counts whole seconds, so it may stop up to a second before its grant. */
  readonly expiresMs: number;
  readonly user: Requester;
  readonly grantId: string;
  readonly resource: string;
  readonly secret: string;
  readonly endMs: number;
  readonly once: boolean;
  /** Given back, revoked, or replaced by a later token of its grant: it must never work again. */
  over: boolean;
  /** Something was tried with its grant whose outcome the run does not know: it may work or not. */
  unsure: boolean;
};

export type Run = {
  readonly world: World;
  readonly gates: GatedIssuer;
  readonly asked: Asked[];
  readonly tokens: Token[];
  ids: number;
  /** Several steps run at once: the order of their answers says nothing. */
  atOnce: boolean;
};

export function startRun(world: World, gates: GatedIssuer): Run {
  return { world, gates, asked: [], tokens: [], ids: 0, atOnce: false };
}

function pick<T>(list: readonly T[], index: number): T | null {
  return list[index % Math.max(1, list.length)] ?? null;
}

/** A refusal is fine, a broken broker is not. */
async function answered<T>(reply: Reply<T>): Promise<T | null> {
  const result = await reply;
  if (!result.ok) expect(result.error.code).not.toBe('internal');
  return result.ok ? result.value : null;
}

export async function submitStep(run: Run, user: Requester, wish: Wish, extend: number | null): Promise<void> {
  const held = run.tokens.filter((token) => token.user === user);
  const extended = extend === null ? null : pick(held, extend);
  const whole = extended === null ? wish : { ...wish, resource: extended.resource, extends: extended.grantId };
  const { startAt: _startAt, endsWith: _endsWith, ...extension } = whole;
  run.ids += 1;
  const one: Asked = { user, wish: extended === null ? whole : extension, key: `key-${run.ids}-of-run`, id: null };
  run.asked.push(one);
  await send(run, one);
}

/** Sends it, the first time or again: it is one and the same request. */
async function send(run: Run, asked: Asked): Promise<void> {
  const client = await run.world.as(asked.user);
  const request = await answered(client.submit(asked.wish, asked.key));
  if (request === null) return;
  if (asked.id !== null) expect(request.id).toBe(asked.id);
  asked.id = request.id;
}

export async function sendAgainStep(run: Run, index: number): Promise<void> {
  const asked = pick(run.asked, index);
  if (asked !== null) await send(run, asked);
}

/** One of the submitted requests, if there are any of those in these states. */
async function submitted(
  run: Run,
  index: number,
  states: readonly RequestState[],
): Promise<(Asked & { readonly id: string }) | null> {
  const rows = await run.world.store().read.selectFrom('requests').select(['id', 'state']).execute();
  const wanted = new Set(rows.filter(({ state }) => states.includes(state)).map(({ id }) => id));
  const ids = run.asked.flatMap((asked) => (asked.id === null ? [] : [{ ...asked, id: asked.id }]));
  // Mostly where the step makes sense; one in six picks anything.
  return pick(index === 5 || wanted.size === 0 ? ids : ids.filter(({ id }) => wanted.has(id)), index);
}

export type AnswerStep = {
  readonly by: Approver;
  readonly request: number;
  readonly answer: 'approve' | 'reject';
  readonly narrowTo: { readonly actions?: readonly string[]; readonly durationMs?: number } | null;
};

export async function answerStep(run: Run, { by, request, answer, narrowTo }: AnswerStep): Promise<void> {
  const asked = await submitted(run, request, ['pending']);
  if (asked === null) return;
  const client = await run.world.as(by);
  const row = await run.world
    .store()
    .read.selectFrom('requests')
    .selectAll()
    .where('id', '=', asked.id)
    .executeTakeFirst();
  const scopeHash = row?.scope_hash ?? '';
  await answered(client.answer(asked.id, { answer, scopeHash, ...(narrowTo === null ? {} : { narrowTo }) }));
}

export async function confirmStep(run: Run, index: number): Promise<void> {
  const asked = await submitted(run, index, ['pending']);
  if (asked === null) return;
  const client = await run.world.as(asked.user);
  const request = await answered(client.request(asked.id));
  if (request !== null) await answered(client.confirm(asked.id, request.scopeHash, asked.wish.resource));
}

export async function withdrawStep(run: Run, index: number): Promise<void> {
  const asked = await submitted(run, index, ['pending', 'approved']);
  if (asked !== null) await answered((await run.world.as(asked.user)).withdraw(asked.id));
}

/** `lost`: the answer never arrives; `other`: another attempt than the one that the desktop wrote down. */
export async function collectStep(run: Run, index: number, how: 'kept' | 'lost' | 'other'): Promise<void> {
  const asked = await submitted(run, index, ['approved', 'fulfilled']);
  if (asked === null) return;
  const client = await run.world.as(asked.user);
  const collectId = how === 'other' ? `other-attempt-${asked.key}` : `attempt-of-${asked.key}`;
  const collected = await answered(client.collect(asked.id, collectId));
  const earlier = run.tokens.filter((token) => token.requestId === asked.id);
  for (const token of earlier) token.unsure = true;
  if (collected === null) return;
  if (!run.atOnce) for (const token of earlier) token.over = true;
  if (how !== 'lost') run.tokens.push(tokenOf(asked, collected));
  await hasEnoughPeople(run, asked.id, asked.wish.resource);
}

function tokenOf(asked: Asked & { readonly id: string }, { grant, credential }: CollectedView): Token {
  const endMs = Date.parse(grant.endsAt);
  const expiresMs = Date.parse(credential.expiresAt);
  expect(expiresMs).toBeLessThanOrEqual(endMs);
  return {
    requestId: asked.id,
    credentialId: credential.id,
    expiresMs,
    user: asked.user,
    grantId: grant.id,
    resource: asked.wish.resource,
    secret: credential.secret,
    endMs,
    once: grant.endsWith !== null,
    over: false,
    unsure: false,
  };
}

/** The design's numbers, whatever the broker thinks. */
async function hasEnoughPeople(run: Run, requestId: string, resource: string): Promise<void> {
  const answers = await run.world
    .store()
    .read.selectFrom('approvals')
    .select('person')
    .where('request_id', '=', requestId)
    .where('answer', '=', 'approve')
    .execute();
  const needed = { 'dataset:legislators': 1, 'dataset:campaign-finance': 2 }[resource] ?? 0;
  expect(new Set(answers.map(({ person }) => person)).size).toBeGreaterThanOrEqual(needed);
}

async function otherActive(run: Run, grantId: string): Promise<readonly string[]> {
  const nowMs = run.world.clock.now();
  const rows = await run.world.store().read.selectFrom('grants').selectAll().where('state', '=', 'active').execute();
  return rows.filter(({ id, ends_at_ms }) => id !== grantId && ends_at_ms > nowMs).map(({ id }) => id);
}

/** Ends one grant, and only that one. */
export async function endStep(run: Run, index: number, by: 'holder' | 'owner' | 'admin'): Promise<void> {
  const token = pick(run.tokens, index);
  if (token === null) return;
  const before = await otherActive(run, token.grantId);
  const client = await run.world.as({ holder: token.user, owner: 'jo', admin: 'lee' }[by]);
  const ended = await answered(
    by === 'holder' ? client.release(token.grantId) : client.revoke(token.grantId, 'As the run wants.'),
  );
  if (ended === null) return;
  expect(['ended', 'revoke_failed', 'revoking']).toContain(ended.state);
  for (const other of run.tokens) if (other.grantId === token.grantId) other.over = true;
  if (!run.atOnce) expect(await otherActive(run, token.grantId)).toEqual(before);
}

/** A person, a network or a second window does several things at the same time. */
export async function atOnceStep(run: Run, steps: readonly ((run: Run) => Promise<void> | void)[]): Promise<void> {
  run.atOnce = true;
  await Promise.all(steps.map(async (take) => await take(run)));
  run.atOnce = false;
  const { read } = run.world.store();
  const rows = await read.selectFrom('credentials').select('id').where('state', '=', 'revoked').execute();
  const revoked = new Set(rows.map(({ id }) => id));
  for (const token of run.tokens) {
    token.over ||= revoked.has(token.credentialId);
    token.unsure = true;
  }
}

export async function useStep(run: Run, index: number): Promise<void> {
  const token = pick(run.tokens, index);
  if (token === null) return;
  const status = await use(run.world, token, token.resource);
  if (!run.atOnce && mustBeRefused(run, token)) expect(status).not.toBe(200);
  if (token.once && status === 200) token.over = true;
}

/** To the next moment at which something happens by itself, or a millisecond beside it. */
export async function toDeadlineStep(run: Run, besideMs: number): Promise<void> {
  const { read } = run.world.store();
  const grants = await read.selectFrom('grants').selectAll().where('state', '!=', 'ended').execute();
  const requests = await read
    .selectFrom('requests')
    .select('lapses_at_ms')
    .where('state', 'in', ['pending', 'approved'])
    .execute();
  const nowMs = run.world.clock.now();
  const next = [
    ...grants.flatMap((grant) => [grant.ends_at_ms, grant.retry_at_ms ?? 0, activateBy(grant)]),
    ...requests.map((request) => request.lapses_at_ms ?? 0),
  ].filter((atMs) => atMs > nowMs);
  if (next.length > 0) run.world.clock.set(Math.max(nowMs, Math.min(...next) + besideMs));
}

function activateBy(grant: GrantRow): number {
  return grant.state === 'activating' ? grant.activate_by_ms : 0;
}

export async function runDueStep(run: Run): Promise<void> {
  await run.world.broker().runDue();
  const nowMs = run.world.clock.now();
  const { read } = run.world.store();
  const overdue = await read
    .selectFrom('grants')
    .select(['id', 'state'])
    .where('state', 'in', ['activating', 'active'])
    .where('ends_at_ms', '<=', nowMs)
    .execute();
  expect(overdue).toEqual([]);
  const waiting = await read
    .selectFrom('requests')
    .select(['id', 'state'])
    .where('state', 'in', ['pending', 'approved'])
    .where('lapses_at_ms', '<=', nowMs)
    .execute();
  expect(waiting).toEqual([]);
}

export const EDITS = {
  'tighter guard': [
    'policies/guards.cedar',
    'when { resource.sensitivity >= 2 }',
    'when { resource.sensitivity >= 1 }',
  ],
  'other upstream': ['catalog.yaml', 'path: data/weather', 'path: ./data/weather'],
  'fewer approvers': [
    'policies/approvers.cedar',
    'principal in Daypass::Role::"approver"',
    'principal in Daypass::Role::"nobody"',
  ],
  'not valid': ['policies/caps.cedar', 'context.total', 'context.totl'],
} as const;

/** Changes the files on disk, or changes them back, and reloads. */
export async function reloadStep(run: Run, name: keyof typeof EDITS): Promise<void> {
  const [file, from, to] = EDITS[name];
  const text = readFileSync(join(run.world.folder, file), 'utf8');
  run.world.writeFile(file, text.includes(to) ? text.replaceAll(to, from) : text.replaceAll(from, to));
  await run.world.broker().reload();
}

/** Starts again after an orderly stop, or on the files as a kill at this moment would leave them. */
export async function restartStep(run: Run, how: 'stop' | 'kill'): Promise<void> {
  // A start on rules that are not valid is refused: that is another test's matter.
  const [file, from, to] = EDITS['not valid'];
  const text = readFileSync(join(run.world.folder, file), 'utf8');
  run.world.writeFile(file, text.replaceAll(to, from));
  await (how === 'kill' ? run.world.kill() : run.world.stop());
  await run.world.start();
}

/** Which steps of the issuer fail from now on; `pattern` says at which of their calls. */
export function faultStep(run: Run, steps: readonly IssuerStep[], pattern: readonly boolean[]): void {
  let calls = 0;
  run.gates.failWhen((step) => steps.includes(step) && (pattern[calls++ % Math.max(1, pattern.length)] ?? false));
}

function mustBeRefused(run: Run, token: Token): boolean {
  return token.over || run.world.clock.now() >= token.endMs;
}

/** What holds after every step. */
export async function holds(run: Run): Promise<void> {
  const { world } = run;
  for (const token of run.tokens) {
    if (token.once) continue;
    const status = await use(world, token, token.resource);
    if (mustBeRefused(run, token)) expect(status).not.toBe(200);
    else if (await mustWork(run, token)) expect(status).toBe(200);
  }
  const personOf = (user: string): string => ({ sam2: 'sam', ana2: 'ana' })[user] ?? user;
  const books = { store: world.store(), ledger: world.broker().ledger, ledgerSeed: world.keys.ledger, personOf };
  expect(await faultsInBooks(books)).toEqual([]);
}

async function mustWork({ world }: Run, token: Token): Promise<boolean> {
  if (token.unsure || world.clock.now() >= token.expiresMs) return false;
  const grant = await world
    .store()
    .read.selectFrom('grants')
    .select('state')
    .where('id', '=', token.grantId)
    .executeTakeFirst();
  return grant?.state === 'active';
}

/** With the issuer well again and time passing, everything comes to its end: nothing is stuck, nothing works. */
export async function allEnds(run: Run): Promise<void> {
  run.gates.failWhen(() => false);
  for (let days = 0; days < 5; days += 1) {
    run.world.clock.advance(24 * 3_600_000);
    await runDueStep(run);
  }
  const left = await run.world
    .store()
    .read.selectFrom('grants')
    .select(['id', 'state'])
    .where('state', '!=', 'ended')
    .execute();
  expect(left).toEqual([]);
  for (const token of run.tokens) token.over = true;
  await holds(run);
}
