// Gathers what the deviations look at: the access itself, and what its holder and its resource had before it.
import { sql } from 'kysely';
import type { AccessDeps } from '#broker/access/access-deps.ts';
import { findGrant, findRequest } from '#broker/access/rows.ts';
import type { GrantRow } from '#broker/access/tables.ts';
import type { Reader } from '#broker/store.ts';
import { DAY_MS, type EpochMs } from '#shared/domain/time.ts';
import type { Examined } from './deviations/deviation.ts';
import { accountsOf, personOf } from './scope.ts';
import { readUses, type Uses } from './uses.ts';

const HABIT_WINDOW_MS = 90 * DAY_MS;
const REFUSAL_WINDOW_MS = 30 * DAY_MS;
/** A request waits at most so long before it is refused. */
const REQUEST_LIFE_MS = 7 * DAY_MS;
const MOST_STARTS = 500;
const MOST_VOLUMES = 200;

export type Gathered = { readonly examined: Examined; readonly uses: Uses };

/** Of a grant that is over. Its records must be in the ledger: wait for `settled` first. */
export async function gather(deps: AccessDeps, grant: GrantRow): Promise<Gathered> {
  const { store, directory } = deps;
  const request = await findRequest(store.read, grant.request_id);
  if (request === undefined) throw new Error(`request ${grant.request_id} of a grant is gone`);
  const resource = deps.snapshot().resource(grant.resource);
  const uses = await readUses(deps, grant.id);
  const of = { grant, subjects: accountsOf(deps, personOf(deps, grant.subject)) };
  const known = directory.accounts().find(({ principal }) => principal.subject === grant.subject)?.principal;
  const endedAtMs = grant.ended_at_ms ?? grant.ends_at_ms;
  const examined: Examined = {
    startsAtMs: grant.starts_at_ms,
    endedAtMs,
    endReason: grant.end_reason,
    sensitivity: resource?.sensitivity ?? null,
    breakGlass: request.break_glass === 1,
    chain: {
      extensions: await extensionsBefore(store.read, grant),
      totalMs: endedAtMs - grant.chain_started_at_ms,
    },
    usesAreSeen: resource?.verifier === 'gateway' && resource.issuer === 'jwt',
    uses,
    holder: {
      zone: known?.zoneinfo ?? null,
      holidays: directory.holidays(),
      earlierStartsMs: await earlierStarts(store.read, of),
      earlierOfResource: await countEarlier(store.read, of),
      earlierBytes: await volumes(store.read, grant, of.subjects),
      refusedAtMs: await refusals(store.read, of),
    },
    resourceBytes: await volumes(store.read, grant, null),
  };
  return { examined, uses };
}

type Of = { readonly grant: GrantRow; readonly subjects: readonly string[] };

async function extensionsBefore(db: Reader, grant: GrantRow): Promise<number> {
  let count = 0;
  for (let before = grant.extends_grant; before !== null && count < 1000; count += 1)
    before = (await findGrant(db, before))?.extends_grant ?? null;
  return count;
}

function earlierGrants(db: Reader, { grant, subjects }: Of) {
  return db
    .selectFrom('grants')
    .where('subject', 'in', subjects)
    .where('starts_at_ms', '<', grant.starts_at_ms)
    .where('id', '!=', grant.id)
    .where(sql<boolean>`(end_reason is null or end_reason != 'activation_failed')`);
}

async function earlierStarts(db: Reader, of: Of): Promise<readonly EpochMs[]> {
  const rows = await earlierGrants(db, of)
    .select('starts_at_ms')
    .where('starts_at_ms', '>=', of.grant.starts_at_ms - HABIT_WINDOW_MS)
    .orderBy('starts_at_ms', 'desc')
    .limit(MOST_STARTS)
    .execute();
  return rows.map((row) => row.starts_at_ms);
}

async function countEarlier(db: Reader, of: Of): Promise<number> {
  const { earlier } = await earlierGrants(db, of)
    .select((eb) => eb.fn.countAll<number>().as('earlier'))
    .where('resource', '=', of.grant.resource)
    .executeTakeFirstOrThrow();
  return Number(earlier);
}

/** Bytes of earlier access to this resource: of these accounts, or of everybody (null). */
async function volumes(
  db: Reader,
  { id, resource, starts_at_ms }: GrantRow,
  subjects: readonly string[] | null,
): Promise<readonly number[]> {
  let select = db
    .selectFrom('grants')
    .innerJoin('grant_uses', 'grant_uses.grant_id', 'grants.id')
    .select('grant_uses.bytes_out')
    .where('grants.resource', '=', resource)
    .where('grants.starts_at_ms', '<', starts_at_ms)
    .where('grants.id', '!=', id)
    .orderBy('grants.starts_at_ms', 'desc')
    .limit(MOST_VOLUMES);
  if (subjects !== null) select = select.where('grants.subject', 'in', subjects);
  return (await select.execute()).map((row) => row.bytes_out);
}

/** An extension looks only at what was refused since its chain began: the first of the chain told of the rest. */
async function refusals(db: Reader, { grant, subjects }: Of): Promise<readonly EpochMs[]> {
  const windowFromMs = grant.starts_at_ms - REFUSAL_WINDOW_MS;
  const fromMs = grant.extends_grant === null ? windowFromMs : Math.max(windowFromMs, grant.chain_started_at_ms);
  const rows = await db
    .selectFrom('requests')
    .select('closed_at_ms')
    .where('subject', 'in', subjects)
    .where('created_at_ms', '>=', fromMs - REQUEST_LIFE_MS)
    .where('resource', '=', grant.resource)
    .where('state', 'in', ['rejected', 'denied'])
    .where('closed_at_ms', '>=', fromMs)
    .where('closed_at_ms', '<', grant.starts_at_ms)
    .execute();
  return rows.flatMap(({ closed_at_ms }) => (closed_at_ms === null ? [] : [closed_at_ms]));
}
