// What happened: spans of access from the broker's grants, facts from the broker's ledger and from this desktop's own
// log, put together newest first.
import type { GrantView } from '#shared/contracts/broker-api.ts';
import type { CommandParsed, CommandProblem } from '#shared/contracts/desktop/commands.ts';
import type { History, HistoryFact } from '#shared/contracts/desktop/history.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import { brokerProblem } from '../problem-words.ts';
import type { Person } from '../session/person.ts';
import { reach } from '../session/reach.ts';
import { allGrants } from '../session/read-person.ts';
import type { SessionDeps } from '../session/session-deps.ts';
import { resourceCard } from '../view/resource-card.ts';
import { readFact } from './fact.ts';

type Query = CommandParsed<'history'>;

/** So many records of the ledger's newest end are looked through, in steps of this many. */
const PAGE = 500;
const MOST_PAGES = 40;

export async function readHistory(
  deps: SessionDeps,
  person: Person,
  query: Query,
): Promise<Result<History, CommandProblem>> {
  const grants = await allGrants(person.client, {}, ({ startsAt }) => Date.parse(startsAt) < query.fromMs - LONGEST_MS);
  if (!grants.ok) return err(brokerProblem(grants.error));
  const ledger = await ledgerFacts(person, query);
  if (!ledger.ok) return err(brokerProblem(ledger.error));
  const own = await deps.outbox.ownRecords({
    fromMs: query.fromMs,
    toMs: query.toMs,
    limit: query.limit + 1,
    // Several people may act on one desktop: none sees what another had.
    subject: person.book.me()?.subject ?? null,
  });
  const facts = [...ledger.value, ...own].sort((a, b) => b.atMs - a.atMs);
  return ok({
    fromMs: query.fromMs,
    toMs: query.toMs,
    spans: grants.value
      .map((view) => span(person, view))
      .filter((one) => one.endsAtMs >= query.fromMs && one.startsAtMs <= query.toMs),
    facts: facts.slice(0, query.limit),
    more: facts.length > query.limit,
    verification: deps.outbox.verification(),
  });
}

/** The ledger's note that it took this desktop's records, which are shown themselves. */
const SYNC = 'audit.appended';

/** The longest life of a grant that may still reach into the span. */
const LONGEST_MS = 366 * 86_400_000;

function span(person: Person, view: GrantView): History['spans'][number] {
  const live = view.state === 'active' || view.state === 'activating';
  // What is over ended when it was revoked, not when it would have run out.
  const endsAtMs = live || view.receipt === null ? Date.parse(view.endsAt) : Date.parse(view.receipt.revokedAt);
  return {
    grantId: view.id,
    resource: resourceCard(view.resource.id, person.book.catalog().get(view.resource.id), {
      ...view.resource,
      sensitivity: null,
    }),
    startsAtMs: Date.parse(view.startsAt),
    endsAtMs,
    live,
    endReason: live ? null : view.endReason,
  };
}

/** The API gives records oldest first: read the newest end of the ledger, and keep the newest that fall into the span. */
async function ledgerFacts(
  person: Person,
  { fromMs, toMs, limit }: Query,
): Promise<Result<readonly HistoryFact[], Parameters<typeof brokerProblem>[0]>> {
  let facts: HistoryFact[] = [];
  const size = await ledgerSize(person);
  if (!size.ok) return size;
  let after = Math.max(-1, size.value - PAGE * MOST_PAGES);
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const records = await reach(() => person.client.records({ after, limit: PAGE }));
    if (!records.ok) return records;
    for (const { sequence, record } of records.value.records) {
      const fact = readFact(`ledger:${sequence}`, record);
      if (fact !== null && fact.kind !== SYNC && fact.atMs >= fromMs && fact.atMs <= toMs) facts.push(fact);
    }
    if (facts.length > 2 * limit) facts = facts.slice(-(limit + 1));
    if (records.value.next === null) break;
    after = records.value.next;
  }
  return ok(facts.slice(-(limit + 1)));
}

/** As its checkpoint says; a ledger without one is empty. */
async function ledgerSize(person: Person): Promise<Result<number, Parameters<typeof brokerProblem>[0]>> {
  const note = await reach(() => person.client.checkpoint());
  if (!note.ok) return note.error.code === 'not_found' ? ok(0) : note;
  const size = Number(note.value.split('\n')[1]);
  return ok(Number.isSafeInteger(size) ? size : 0);
}
