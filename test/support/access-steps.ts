// What people do with a broker in tests, each step one call: ask, answer, collect, use, and read the ledger.
import type { BrokerClient, Wish } from '#shared/client/broker-client.ts';
import type { CollectedView, GrantView, RequestView } from '#shared/contracts/broker-api.ts';
import { DAY_MS, HOUR_MS } from '#shared/domain/time.ts';
import { expectOk, newKey, type World } from './broker-world.ts';
import { ocsfProblems } from './ocsf.ts';

const hour = { purpose: 'evaluation', durationMs: HOUR_MS };
/** Public: policy approves. */
export const PENGUINS: Wish = { ...hour, resource: 'dataset:penguins', actions: ['read'] };
/** Internal: policy approves in working hours, else a confirmation or one approver. */
export const WEATHER: Wish = { ...hour, resource: 'dataset:weather', actions: ['read'] };
/** Confidential: one approver. */
export const LEGISLATORS: Wish = { ...hour, resource: 'dataset:legislators', actions: ['read', 'read_pii'] };
/** Restricted: two people, one of them of the team `records`. */
export const FINANCE: Wish = { ...hour, resource: 'dataset:campaign-finance', actions: ['read'] };

export const FILES: Readonly<Record<string, string>> = {
  'dataset:penguins': 'penguins.csv',
  'dataset:weather': 'seattle-weather.csv',
  'dataset:legislators': 'legislators.csv',
  'dataset:campaign-finance': 'candidates-2015.csv',
};

export type Held = {
  readonly client: BrokerClient;
  readonly request: RequestView;
  readonly collectId: string;
  readonly grant: GrantView;
  readonly credential: CollectedView['credential'];
};

/** Submits as a user and gives the request. */
export async function ask(world: World, user: string, wish: Wish): Promise<RequestView> {
  return expectOk(await (await world.as(user)).submit(wish, newKey()));
}

type Narrowing = { readonly actions?: readonly string[]; readonly durationMs?: number };

/** Approves the scope as it stands now. */
export async function approve(
  world: World,
  user: string,
  requestId: string,
  narrowTo?: Narrowing,
): Promise<RequestView> {
  const client = await world.as(user);
  const { scopeHash } = expectOk(await client.request(requestId));
  const narrowing = narrowTo === undefined ? {} : { narrowTo };
  return expectOk(await client.answer(requestId, { answer: 'approve', scopeHash, ...narrowing }));
}

/** Asks, has it approved by these people in turn, and collects. */
export async function hold(world: World, user: string, wish: Wish, approvers: readonly string[] = []): Promise<Held> {
  const request = await ask(world, user, wish);
  for (const approver of approvers) await approve(world, approver, request.id);
  return await collectAs(world, user, request.id);
}

export async function collectAs(world: World, user: string, requestId: string): Promise<Held> {
  const client = await world.as(user);
  const collectId = newKey();
  const { grant, credential } = expectOk(await client.collect(requestId, collectId));
  return { client, request: expectOk(await client.request(requestId)), collectId, grant, credential };
}

/** The status of a call through the gateway with this token, for the resource's file. */
export async function use(
  world: World,
  { secret }: Pick<CollectedView['credential'], 'secret'>,
  resource: string,
): Promise<number> {
  const [kind, name] = resource.split(':');
  const response = await fetch(`${world.broker().gatewayUrl}/gateway/${kind}/${name}/${FILES[resource]}`, {
    headers: { authorization: `Bearer ${secret}` },
  });
  await response.arrayBuffer();
  return response.status;
}

/** Moves on to the next working day, 10:00 in Berlin, at least a day later, and lets happen what is due. */
export async function nextMorning(world: World): Promise<void> {
  let atMs = (Math.floor(world.clock.now() / DAY_MS) + 1) * DAY_MS + 9 * HOUR_MS;
  while ([0, 6].includes(new Date(atMs).getUTCDay())) atMs += DAY_MS;
  world.clock.set(atMs);
  await world.broker().runDue();
}

export type Entry = {
  readonly sequence: number;
  readonly kind: string;
  readonly atMs: number;
  /** A subject, or `broker`. */
  readonly actor: string;
  readonly subject: string | null;
  readonly requestId: string | null;
  readonly grantId: string | null;
  readonly failed: boolean;
  readonly sealed: boolean;
  readonly data: Readonly<Record<string, unknown>>;
  /** The record as anybody reads it. */
  readonly text: string;
};

type RecordDocument = {
  readonly actor: { readonly user?: { readonly uid: string } };
  readonly metadata: { readonly event_code: string; readonly sequence: number };
  readonly time: number;
  readonly status_id: number;
  readonly unmapped: {
    readonly data: Readonly<Record<string, unknown>>;
    readonly sealed?: unknown;
    readonly subject: string | null;
    readonly request_id: string | null;
    readonly grant_id: string | null;
  };
};

/** Everything in the ledger after a sequence number, read through the API by an admin. All of it must be valid OCSF. */
export async function readLedger(world: World, after = -1): Promise<readonly Entry[]> {
  await world.broker().ledger.settled();
  const admin = await world.as('lee');
  await world.broker().ledger.settled();
  const entries: Entry[] = [];
  for (let next: number | null = after; next !== null;) {
    const page: { readonly records: readonly { sequence: number; record: unknown }[]; readonly next: number | null } =
      expectOk(await admin.records({ after: next, limit: 1000 }));
    entries.push(...page.records.map(({ record }) => entryOf(record as RecordDocument)));
    next = page.next;
  }
  return entries;
}

/** The entries of one request, in order. */
export async function storyOf(world: World, requestId: string): Promise<readonly Entry[]> {
  return (await readLedger(world)).filter((entry) => entry.requestId === requestId);
}

export function kindsOf(entries: readonly Entry[]): readonly string[] {
  return entries.map(({ kind }) => kind);
}

function entryOf(record: RecordDocument): Entry {
  const problems = ocsfProblems(record);
  if (problems.length > 0) throw new Error(`not OCSF: ${problems.join('; ')}`);
  const { unmapped, metadata, actor } = record;
  return {
    sequence: metadata.sequence,
    kind: metadata.event_code,
    atMs: record.time,
    actor: actor.user?.uid ?? 'broker',
    subject: unmapped.subject,
    requestId: unmapped.request_id,
    grantId: unmapped.grant_id,
    failed: record.status_id === 2,
    sealed: unmapped.sealed !== undefined,
    data: unmapped.data,
    text: JSON.stringify(record),
  };
}
