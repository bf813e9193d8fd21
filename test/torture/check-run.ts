// After a run: holds what people were told against the database, and the database against itself and its ledger.
import { openCheckpoint } from '#shared/audit/checkpoint.ts';
import { logSigner } from '#shared/audit/log-key.ts';
import { appendLeaves, EMPTY_FRONTIER, leafHash, rootOf } from '#shared/audit/merkle.ts';
import type { BrokerStore, Reader } from '#broker/store.ts';
import { faultsInBooks } from '#test/support/check-books.ts';
import type { Journal } from './journal.ts';

export type Findings = {
  readonly requests: number;
  readonly grants: number;
  readonly records: number;
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  readonly outlived: readonly string[];
  /** Whatever else contradicts itself: states, records, scopes, the ledger's arithmetic. */
  readonly faults: readonly string[];
};

export type Checked = {
  readonly store: BrokerStore;
  readonly ledgerSeed: Uint8Array;
  /** The human behind the account with this `sub`. */
  readonly personOf: (sub: string) => string;
  /** When everything that was to end has ended. */
  readonly nowMs: number;
};

/** Takes a run that came to rest: no flow runs, and every end had its time. */
export async function checkRun(checked: Checked, journal: Journal): Promise<Findings> {
  const { store, ledgerSeed, personOf } = checked;
  const books = { store, ledger: { settled: async () => await settled(store.read) }, ledgerSeed, personOf };
  const faults = await faultsInBooks(books);
  const records = await store.read.selectFrom('ledger_records').select(['canonical']).orderBy('sequence').execute();
  return {
    requests: await count(store.read, 'requests'),
    grants: await count(store.read, 'grants'),
    records: records.length,
    lost: await lostOf(store.read, journal),
    doubled: [...journal.doubled, ...(await doubledIn(store.read))],
    outlived: [...journal.outlived, ...(await outlivedIn(checked, records))],
    faults: [...faults, ...forks(records, journal, ledgerSeed)],
  };
}

async function settled(read: Reader): Promise<number> {
  for (;;) {
    const waiting = await read.selectFrom('ledger_intake').select('id').limit(1).execute();
    if (waiting.length === 0) return await count(read, 'ledger_records');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function count(read: Reader, table: 'requests' | 'grants' | 'ledger_records'): Promise<number> {
  const row = await read
    .selectFrom(table)
    .select(({ fn }) => fn.countAll().as('count'))
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** What somebody was told, and is not so. */
async function lostOf(read: Reader, journal: Journal): Promise<readonly string[]> {
  const requests = new Map((await read.selectFrom('requests').selectAll().execute()).map((row) => [row.id, row]));
  const grants = new Map((await read.selectFrom('grants').selectAll().execute()).map((row) => [row.id, row]));
  const approvals = await read.selectFrom('approvals').select(['request_id', 'answer']).execute();
  const answers = new Set(approvals.map(({ request_id, answer }) => `${request_id} ${answer}`));
  return [
    ...[...journal.submitted.values()].filter((id) => !requests.has(id)).map((id) => `request ${id}`),
    ...[...journal.withdrawn]
      .filter((id) => requests.get(id)?.state !== 'withdrawn')
      .map((id) => `withdrawal of ${id}`),
    ...journal.answered
      .filter(({ requestId, answer }) => !answers.has(`${requestId} ${answer}`))
      .map(({ requestId, login }) => `answer of ${login} to ${requestId}`),
    ...journal.collected
      .filter(({ grantId, requestId }) => grants.get(grantId)?.request_id !== requestId)
      .map(({ grantId }) => `grant ${grantId}`),
    ...[...journal.ended].filter((id) => grants.get(id)?.state !== 'ended').map((id) => `end of ${id}`),
  ];
}

async function doubledIn(read: Reader): Promise<readonly string[]> {
  const grants = await read.selectFrom('grants').select(['id', 'request_id', 'collect_id', 'subject']).execute();
  const keys = await read.selectFrom('idempotency').select(['key', 'request_id', 'subject']).execute();
  const requests = await read.selectFrom('requests').select('id').execute();
  const keyed = new Set(keys.map(({ request_id }) => request_id));
  return [
    ...twice(grants.map(({ request_id }) => `grant of ${request_id}`)),
    ...twice(grants.map(({ subject, collect_id }) => `grant of the attempt ${subject} ${collect_id}`)),
    ...twice(keys.map(({ subject, key }) => `key ${subject} ${key}`)),
    ...twice(keys.map(({ request_id }) => `key of ${request_id}`)),
    // Every request of a run was asked with a key: one without was made a second time.
    ...requests.filter(({ id }) => !keyed.has(id)).map(({ id }) => `request ${id} has no key`),
  ];
}

function twice(names: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return names.filter((name) => seen.has(name) || !seen.add(name));
}

type LedgerLine = {
  readonly time: number;
  readonly metadata: { readonly event_code: string };
  readonly unmapped: { readonly grant_id: string | null };
};

async function outlivedIn({ store, nowMs }: Checked, records: readonly { canonical: string }[]) {
  const grants = await store.read.selectFrom('grants').select(['id', 'state', 'ends_at_ms']).execute();
  const credentials = await store.read.selectFrom('credentials').select(['grant_id', 'expires_at_ms']).execute();
  const ends = new Map(grants.map(({ id, ends_at_ms }) => [id, ends_at_ms]));
  const uses = records
    .map(({ canonical }) => JSON.parse(canonical) as LedgerLine)
    .filter(({ metadata }) => metadata.event_code === 'use.started');
  return [
    ...grants
      .filter(({ state, ends_at_ms }) => state !== 'ended' && ends_at_ms <= nowMs)
      .map(({ id, state }) => `grant ${id} is ${state} after its end`),
    ...credentials
      .filter(({ grant_id, expires_at_ms }) => expires_at_ms > (ends.get(grant_id) ?? 0))
      .map(({ grant_id }) => `a credential of ${grant_id} outlives it`),
    ...uses
      .filter(({ time, unmapped }) => time >= (ends.get(unmapped.grant_id ?? '') ?? 0))
      .map(({ unmapped }) => `a use of ${unmapped.grant_id} is on record after its end`),
  ];
}

/** Every checkpoint that anybody was given must be of the beginning of this very log. */
function forks(
  records: readonly { canonical: string }[],
  { checkpoints }: Journal,
  seed: Uint8Array,
): readonly string[] {
  const key = logSigner(seed).publicKey;
  const opened = [...checkpoints].map((note) => openCheckpoint(note, key));
  const bad = opened.filter((one) => !one.ok).map(() => 'a checkpoint that was handed out has no good signature');
  const bySize = opened.flatMap((one) => (one.ok ? [one.value] : [])).sort((a, b) => a.size - b.size);
  const leaves = records.map(({ canonical }) => leafHash(Buffer.from(canonical)));
  let frontier = EMPTY_FRONTIER;
  const forked: string[] = [];
  for (const { size, root } of bySize) {
    frontier = appendLeaves(frontier, leaves.slice(frontier.size, size));
    if (frontier.size !== size)
      forked.push(`a checkpoint of ${size} records was handed out: ${frontier.size} are there`);
    else if (!rootOf(frontier).equals(root)) forked.push(`the ledger forked before its record ${size}`);
  }
  return [...bad, ...forked];
}
