// The live stream of what happened: ledger records turned into secret-free events, each authorised for its reader.
// Event ids are ledger sequence numbers, so a reader that comes back misses nothing.
import type { Principal } from '#shared/domain/identity.ts';
import { formatInstant } from '#shared/domain/time.ts';
import type { LedgerRecord } from '#broker/ledger/ledger.ts';
import type { AccessDeps } from '#broker/access/access-deps.ts';
import { isAsked, isConcerned, mayApproveRequest } from '#broker/access/asked.ts';
import { mayRevoke } from '#broker/access/release.ts';
import { approvalsOf, findRequest } from '#broker/access/rows.ts';
import type { ApprovalRow, RequestRow } from '#broker/access/tables.ts';
import { shareReads } from './shared-reads.ts';

const PAGE = 200;

export type BrokerEvent = {
  readonly id: number;
  readonly kind: string;
  readonly at: string;
  readonly requestId: string | null;
  readonly grantId: string | null;
  readonly resource: string | null;
};

export type Events = {
  /** Yields the events after a sequence number that this principal may see, then waits for more until aborted. */
  readonly follow: (principal: Principal, afterSequence: number, signal: AbortSignal) => AsyncGenerator<BrokerEvent>;
  /** Sequence number of the newest record, -1 for an empty ledger. */
  readonly newest: () => Promise<number>;
};

/** `rulesInForce` resolves when this replica decides by the rules whose change its ledger tells of. */
export function createEvents(deps: () => AccessDeps, rulesInForce: () => Promise<void>): Events {
  const reads = createReads(deps);
  return {
    newest: async () => (await deps().ledger.settled()) - 1,
    follow: async function* (principal, afterSequence, signal) {
      const arrivals = watch(deps(), signal);
      let after = afterSequence;
      try {
        while (!signal.aborted) {
          const records = await reads.records(after);
          // A stream of somebody who is disabled ends, it does not go on in silence.
          if (deps().directory.find(principal.subject) === null) return;
          for (const record of records) {
            after = record.sequence;
            // Asked for each event at the moment it is sent: what was allowed when it happened may not be any more.
            // Whoever hears of new rules asks at once what is theirs now: not to be told by the old ones.
            if (record.kind === RULES_CHANGED) await rulesInForce();
            if (await maySee(deps(), reads, principal, record)) yield toEvent(record);
            if (signal.aborted) return;
          }
          if (records.length < PAGE) await arrivals.next(after);
        }
      } catch (error) {
        // The store closes under a stream that ends.
        if (!signal.aborted) throw error;
      } finally {
        arrivals.stop();
      }
    },
  };
}

type Reads = {
  readonly records: (afterSequence: number) => Promise<readonly LedgerRecord[]>;
  readonly request: (id: string) => Promise<RequestRow | undefined>;
  readonly answers: (requestId: string) => Promise<readonly ApprovalRow[]>;
};

function createReads(deps: () => AccessDeps): Reads {
  return {
    records: shareReads(
      async (afterSequence) => await deps().ledger.records({ afterSequence, limit: PAGE, asAnnounced: true }),
    ),
    request: shareReads(async (id) => await findRequest(deps().store.read, id)),
    answers: shareReads(async (requestId) => await approvalsOf(deps().store.read, requestId)),
  };
}

function watch(
  deps: AccessDeps,
  signal: AbortSignal,
): { readonly next: (after: number) => Promise<void>; readonly stop: () => void } {
  let newest = -1;
  let wake: () => void = () => undefined;
  const unsubscribe = deps.ledger.subscribe((lastSequence) => {
    newest = Math.max(newest, lastSequence);
    wake();
  });
  // A reader that stopped reading never comes back to the generator: its end must not depend on that.
  const stop = (): void => {
    unsubscribe();
    wake();
  };
  signal.addEventListener('abort', stop, { once: true });
  return {
    next: async (after) => {
      if (newest > after || signal.aborted) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    },
    stop: () => {
      signal.removeEventListener('abort', stop);
      unsubscribe();
    },
  };
}

async function maySee(deps: AccessDeps, reads: Reads, principal: Principal, record: LedgerRecord): Promise<boolean> {
  const known = deps.directory.find(principal.subject);
  if (known === null) return false;
  // It may have given or taken from anybody what waits for them. The event says no more than that.
  if (record.kind === RULES_CHANGED) return true;
  // Everybody's desktop may have kept a name or words of theirs; whose is asked for apart.
  if (record.kind === 'subject.erased') return true;
  if (known.admin || record.subject === known.subject || record.actor === known.subject) return true;
  if (record.grantId !== null && record.resource !== null && mayRevoke(deps, known, { resource: record.resource }))
    return true;
  if (record.requestId === null) return false;
  const request = await reads.request(record.requestId);
  if (request === undefined) return false;
  if (record.kind === 'grant.broke_glass') return isConcerned(deps, request, known);
  // Nobody else has to do with it, and most readers are somebody else: they cost no look at the answers.
  if (!mayApproveRequest(deps, request, known)) return false;
  const answers = await reads.answers(request.id);
  // Who has answered needs no reminding.
  if (answers.some((answer) => answer.person === known.person)) return !REMINDERS.has(record.kind);
  // Who is asked sees a request come and go; what became of it is not theirs.
  return record.grantId === null && isAsked(deps, request, known);
}

const RULES_CHANGED = 'config.changed';
const REMINDERS: ReadonlySet<string> = new Set(['request.nudged', 'request.reminded']);

function toEvent(record: LedgerRecord): BrokerEvent {
  const { sequence, kind, atMs, requestId, grantId, resource } = record;
  return { id: sequence, kind, at: formatInstant(atMs), requestId, grantId, resource };
}
