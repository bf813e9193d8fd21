// Holds a broker's tables and its ledger against each other and against the design's invariants. It reads the
// database as it is and knows nothing of the code that wrote it, but the machines and the log's arithmetic.
import { openCheckpoint } from '#shared/audit/checkpoint.ts';
import { logSigner } from '#shared/audit/log-key.ts';
import { appendLeaves, EMPTY_FRONTIER, leafHash, rootOf } from '#shared/audit/merkle.ts';
import { moveRequest, type RequestMove, type RequestState } from '#shared/domain/request.ts';
import type { ApprovalRow, CredentialRow, GrantRow, RequestRow } from '#broker/access/tables.ts';
import type { Broker } from '#broker/broker.ts';
import type { BrokerStore, Tx } from '#broker/store.ts';
import { ocsfProblems } from './ocsf.ts';

export type Books = {
  readonly store: BrokerStore;
  readonly ledger: Pick<Broker['ledger'], 'settled'>;
  readonly ledgerSeed: Uint8Array;
  /** The human behind a configured user's account; by default the account's name. */
  readonly personOf: (user: string) => string;
};

type Fact = {
  readonly kind: string;
  readonly requestId: string | null;
  readonly grantId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
};

type Read = {
  readonly facts: readonly Fact[];
  readonly requests: readonly RequestRow[];
  readonly approvals: readonly ApprovalRow[];
  readonly grants: readonly GrantRow[];
  readonly credentials: readonly CredentialRow[];
  readonly people: ReadonlyMap<string, string>;
};

const TRIES = 50;

/** Every fault found, each as one sentence; none is what a test expects. */
export async function faultsInBooks(books: Books): Promise<readonly string[]> {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    await books.ledger.settled();
    // In one transaction of the writer: timers may lapse a request between two reads.
    const faults = await books.store.transaction(async (tx) => await faultsNow(tx, books));
    if (faults !== null) return faults;
  }
  return [`records wait although the ledger said ${TRIES} times that it is settled`];
}

/** Null while records wait for their place: what was committed since is not in the log yet. */
async function faultsNow(tx: Tx, books: Books): Promise<readonly string[] | null> {
  const waiting = await tx.selectFrom('ledger_intake').select('id').limit(1).execute();
  if (waiting.length > 0) return null;
  const { facts, faults } = await readLog(tx, books);
  const read = await readTables(tx, books, facts);
  return [...faults, ...read.requests.flatMap((row) => requestFaults(row, read)), ...grantFaultsOf(read)];
}

async function readLog(
  tx: Tx,
  books: Books,
): Promise<{ readonly facts: readonly Fact[]; readonly faults: readonly string[] }> {
  const rows = await tx.selectFrom('ledger_records').select(['sequence', 'canonical']).orderBy('sequence').execute();
  const state = await tx.selectFrom('ledger_state').select('checkpoint').executeTakeFirst();
  const checkpoint = openCheckpoint(state?.checkpoint ?? '', logSigner(books.ledgerSeed).publicKey);
  const frontier = appendLeaves(
    EMPTY_FRONTIER,
    rows.map(({ canonical }) => leafHash(Buffer.from(canonical))),
  );
  const documents = rows.map(({ canonical }) => JSON.parse(canonical) as LogDocument);
  const uids = new Set(documents.map(({ metadata }) => metadata.uid));
  const faults = [
    ...(checkpoint.ok ? [] : [`the checkpoint is no good: ${checkpoint.error}`]),
    ...(checkpoint.ok && checkpoint.value.size === rows.length && checkpoint.value.root.equals(rootOf(frontier))
      ? []
      : ['the checkpoint is not of these records']),
    ...(rows.every(({ sequence }, index) => Number(sequence) === index) ? [] : ['the sequence has a gap']),
    ...(documents.every(({ metadata }, index) => metadata.sequence === index) ? [] : ['a record has another place']),
    ...(uids.size === rows.length ? [] : ['a record is there twice']),
    ...documents.flatMap(ocsfProblems),
  ];
  const facts = documents.map(({ metadata, unmapped }) => ({
    kind: metadata.event_code,
    requestId: unmapped.request_id,
    grantId: unmapped.grant_id,
    data: unmapped.data,
  }));
  return { facts, faults };
}

type LogDocument = {
  readonly metadata: { readonly event_code: string; readonly sequence: number; readonly uid: string };
  readonly unmapped: {
    readonly data: Readonly<Record<string, unknown>>;
    readonly request_id: string | null;
    readonly grant_id: string | null;
  };
};

async function readTables(tx: Tx, { personOf }: Books, facts: readonly Fact[]): Promise<Read> {
  const subjects = await tx.selectFrom('subjects').select(['id', 'external_id']).execute();
  return {
    facts,
    requests: await tx.selectFrom('requests').selectAll().execute(),
    approvals: await tx.selectFrom('approvals').selectAll().execute(),
    grants: await tx.selectFrom('grants').selectAll().execute(),
    credentials: await tx.selectFrom('credentials').selectAll().execute(),
    people: new Map(subjects.map((subject) => [subject.id, personOf(subject.external_id)])),
  };
}

const MOVES: Readonly<Record<string, RequestMove>> = {
  rejected: 'reject',
  withdrawn: 'withdraw',
  superseded: 'supersede',
  lapsed: 'lapse',
  denied: 'deny',
  revoked: 'revoke',
};

/** The request's state as its records tell it, each step a legal move; or what is wrong with them. */
function retell(
  row: RequestRow,
  story: readonly Fact[],
): { readonly state: RequestState | null; readonly fault: string | null } {
  let state: RequestState | null = null;
  for (const { kind, data } of story) {
    let move: RequestMove | null = null;
    if (kind === 'request.submitted') {
      if (state !== null) return { state, fault: 'was submitted twice' };
      state = 'pending';
    } else if (kind === 'request.decided' && data['stage'] === 'submit' && data['outcome'] === 'denied') move = 'deny';
    else if (kind === 'request.approved') move = 'approve';
    else if (kind === 'request.closed') move = MOVES[String(data['state'])] ?? null;
    else if (kind === 'grant.issued') move = 'fulfil';
    if (move === null) continue;
    const moved: ReturnType<typeof moveRequest> | null = state === null ? null : moveRequest(state, move);
    if (moved?.ok !== true) return { state, fault: `${move} from ${state} is on record` };
    state = moved.value;
  }
  return { state, fault: state === row.state ? null : `is ${row.state}, its records say ${state}` };
}

function requestFaults(row: RequestRow, { facts, approvals, people }: Read): readonly string[] {
  const story = facts.filter(({ requestId }) => requestId === row.id);
  const answers = approvals.filter((answer) => answer.request_id === row.id);
  const answered = story.filter(({ kind }) => kind === 'approval.answered');
  const confirmed = story.filter(({ kind }) => kind === 'request.self_confirmed');
  const asPeople = answers.map((answer) => people.get(answer.subject));
  const { fault } = retell(row, story);
  return [
    ...(fault === null ? [] : [fault]),
    ...(answered.length === answers.length ? [] : [`has ${answers.length} answers and ${answered.length} on record`]),
    ...(confirmed.length === row.self_confirmed ? [] : ['is confirmed in one place only']),
    ...(new Set(asPeople).size === asPeople.length ? [] : ['was answered twice by one person']),
    ...(asPeople.includes(people.get(row.subject)) ? ['was answered by its requester'] : []),
    ...(row.state === 'fulfilled' && row.grant_id === null ? ['is fulfilled without a grant'] : []),
  ].map((what) => `request ${row.id} ${what}`);
}

function grantFaultsOf(read: Read): readonly string[] {
  return read.grants.flatMap((grant) =>
    [...lifeFaults(grant, read), ...scopeFaults(grant, read), ...credentialFaults(grant, read)].map(
      (what) => `grant ${grant.id} ${what}`,
    ),
  );
}

function lifeFaults(grant: GrantRow, { facts }: Read): readonly string[] {
  const story = facts.filter(({ grantId }) => grantId === grant.id).map(({ kind }) => kind);
  const count = (kind: string): number => story.filter((one) => one === kind).length;
  const at = (kind: string): number => story.indexOf(kind);
  const isEnding = grant.state === 'revoking' || grant.state === 'revoke_failed' || grant.state === 'ended';
  const isEnded = grant.state === 'ended';
  return [
    ...(count('grant.issued') === 1 ? [] : ['has not one record of its issue']),
    ...(count('grant.revoking') === (isEnding ? 1 : 0)
      ? []
      : [`is ${grant.state}, revoking is told ${count('grant.revoking')} times`]),
    ...(count('grant.ended') === (isEnded ? 1 : 0)
      ? []
      : [`is ${grant.state}, its end is told ${count('grant.ended')} times`]),
    ...(isEnded && at('grant.ended') < at('grant.revoking') ? ['ended before it was revoked'] : []),
    ...(isEnded === (grant.receipt !== null) ? [] : ['has a receipt without an end, or an end without a receipt']),
  ];
}

type ScopeOf = { readonly actions: readonly string[]; readonly durationMs: number };

/** What is issued is what was approved: no action and no millisecond beyond any approval, nor beyond what was asked. */
function scopeFaults(grant: GrantRow, { requests, approvals, grants }: Read): readonly string[] {
  const request = requests.find(({ id }) => id === grant.request_id);
  if (request === undefined) return ['has no request'];
  const extended = grants.find(({ id }) => id === grant.extends_grant);
  const fromMs = extended?.ends_at_ms ?? grant.starts_at_ms;
  const limits: readonly ScopeOf[] = [
    JSON.parse(request.asked) as ScopeOf,
    ...approvals
      .filter((answer) => answer.request_id === request.id && answer.answer === 'approve')
      .map((answer) => JSON.parse(answer.scope) as ScopeOf),
  ];
  const actions = JSON.parse(grant.actions) as readonly string[];
  const within = limits.every(
    (limit) =>
      actions.every((action) => limit.actions.includes(action)) && grant.ends_at_ms - fromMs <= limit.durationMs,
  );
  return within ? [] : ['goes beyond what was approved'];
}

function credentialFaults(grant: GrantRow, { credentials, facts }: Read): readonly string[] {
  const mine = credentials.filter((credential) => credential.grant_id === grant.id);
  const told = (kinds: readonly string[], id: string): number =>
    facts.filter(({ kind, data }) => kinds.includes(kind) && data['credential'] === id).length;
  const alive = mine.filter(({ state }) => state !== 'revoked');
  return [
    ...mine.flatMap((credential) => [
      ...(credential.expires_at_ms <= grant.ends_at_ms ? [] : ['has a credential that outlives it']),
      ...(told(['grant.issued', 'grant.reissued'], credential.id) === 1 ? [] : ['has a credential without its record']),
      ...(told(['credential.revoked'], credential.id) === (credential.state === 'revoked' ? 1 : 0)
        ? []
        : [`has a credential that is ${credential.state}, told otherwise`]),
    ]),
    ...(alive.length <= 1 ? [] : ['has several credentials at once']),
    ...(grant.state === 'ended' && alive.length > 0 ? ['ended, but a credential did not'] : []),
  ];
}
