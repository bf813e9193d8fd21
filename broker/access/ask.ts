// Turns what somebody asks into the question for policy, with facts that only the broker can know.
import { sql } from 'kysely';
import type { Resource } from '#shared/contracts/catalog.ts';
import type { DeviceId, Principal } from '#shared/domain/identity.ts';
import { normaliseActions, type Scope } from '#shared/domain/scope.ts';
import { DAY_MS, type DurationMs, type EpochMs } from '#shared/domain/time.ts';
import type { Question } from '#broker/policy/engine.ts';
import type { Reader } from '#broker/store.ts';
import type { AccessDeps, Snapshot } from './access-deps.ts';
import { decisiveMs } from './asked.ts';
import { storedScope } from './stored.ts';
import type { GrantRow, RequestRow } from './tables.ts';

const HELD_WINDOW_MS = 30 * DAY_MS;

/** What is asked, whether it is only tried out, submitted, or looked at again later. */
export type Ask = {
  readonly requester: Principal;
  readonly device: DeviceId;
  readonly resource: Resource;
  readonly actions: readonly string[];
  readonly durationMs: DurationMs;
  readonly purpose: string;
  readonly ticket: string | null;
  readonly startAtMs: EpochMs | null;
  /** Where the requester calls from, as the listener saw it; null when nobody knows. */
  readonly networkAddress: string | null;
  /** When the requester's sign-in had the age that counts; null: now. */
  readonly signInAsOfMs: EpochMs | null;
  readonly extended: GrantRow | null;
  /** An emergency. */
  readonly breakGlass: boolean;
};

export function askedScope(snapshot: Snapshot, ask: Ask): Scope {
  return {
    subject: ask.requester.subject,
    device: ask.device,
    resource: ask.resource.id,
    catalogHash: snapshot.catalogHash(ask.resource),
    actions: normaliseActions(ask.actions),
    purpose: ask.purpose,
    durationMs: ask.durationMs,
    startAtMs: ask.startAtMs,
    breakGlass: ask.breakGlass,
  };
}

/** What the requester shows when they collect: weighed instead of what they showed when they asked. */
export type RequesterNow = {
  readonly principal: Pick<Principal, 'authenticatedAtMs'>;
  readonly networkAddress: string | null;
};

/**
 * The same ask, read back from a stored request: what stands after narrowing, for a requester known now. While others
 * answer, sign-in and network are as they were when it was asked.
 */
export function askOfRequest(
  row: RequestRow,
  requester: Principal,
  resource: Resource,
  extended: GrantRow | null,
  now?: RequesterNow,
): Ask {
  const scope = storedScope(row);
  return {
    requester: {
      ...requester,
      authenticatedAtMs: now === undefined ? row.auth_time_ms : now.principal.authenticatedAtMs,
    },
    networkAddress: now === undefined ? row.network_address : now.networkAddress,
    signInAsOfMs: now === undefined ? row.created_at_ms : null,
    device: row.device,
    resource,
    actions: scope.actions,
    durationMs: scope.durationMs,
    purpose: row.purpose,
    ticket: row.ticket,
    startAtMs: scope.startAtMs,
    extended,
    breakGlass: row.break_glass === 1,
  };
}

export async function toQuestion(deps: AccessDeps, db: Reader, ask: Ask): Promise<Question> {
  const nowMs = deps.clock.now();
  return {
    requester: { ...ask.requester, authenticatedAtMs: signedInAtMs(ask, nowMs) },
    resource: ask.resource,
    actions: normaliseActions(ask.actions),
    durationMs: ask.durationMs,
    claimed: { purpose: ask.purpose, ticket: ask.ticket },
    facts: {
      nowMs: decisiveMs(nowMs, ask.startAtMs),
      device: deps.directory.deviceFacts(ask.device),
      networkAddress: ask.networkAddress,
      holidays: deps.directory.holidays(),
      heldMs: await heldMs(db, ask, nowMs),
    },
    extension:
      ask.extended === null
        ? null
        : { totalMs: ask.extended.ends_at_ms + ask.durationMs - ask.extended.chain_started_at_ms },
    mode: deps.directory.mode,
    breakGlass: ask.breakGlass,
  };
}

/** So that a sign-in that was recent enough when it was asked does not grow old while people think about the answer. */
function signedInAtMs({ requester, signInAsOfMs }: Ask, nowMs: EpochMs): EpochMs | null {
  const atMs = requester.authenticatedAtMs;
  return atMs === null || signInAsOfMs === null ? atMs : atMs + (nowMs - signInAsOfMs);
}

/** How long the subject has had this resource in the window: summed where the rows are, since there may be many. */
export async function heldMs(
  db: Reader,
  ask: { readonly requester: Pick<Principal, 'subject'>; readonly resource: Pick<Resource, 'id'> },
  nowMs: EpochMs,
): Promise<DurationMs> {
  const since = nowMs - HELD_WINDOW_MS;
  const { rows } = await sql<{ held: number | string | null }>`
    select sum(case when ended > started then ended - started else 0 end) as held from (
      select
        case when starts_at_ms > ${since} then starts_at_ms else ${since} end as started,
        case
          when ended_at_ms is not null and ended_at_ms < ends_at_ms and ended_at_ms < ${nowMs} then ended_at_ms
          when ends_at_ms < ${nowMs} then ends_at_ms
          else ${nowMs}
        end as ended
      from grants
      where subject = ${ask.requester.subject} and resource = ${ask.resource.id} and ends_at_ms > ${since}
    ) as held_grants`.execute(db);
  return Number(rows[0]?.held ?? 0);
}
