// The routes of owners and administrators: people, ending everything of one, the report, and answers to its findings.
import { answerFinding } from '#broker/oversight/answer-finding.ts';
import { endPerson } from '#broker/oversight/end-person.ts';
import { listPeople } from '#broker/oversight/people.ts';
import { countOpenFindings, readReportRows, reportedGrants, type ReportFilter } from '#broker/oversight/report-rows.ts';
import { accountsOf, oversightOf } from '#broker/oversight/scope.ts';
import { approvalsOf } from '#broker/access/rows.ts';
import type { ReportQuery } from '#shared/contracts/oversight-api.ts';
import { formatInstant } from '#shared/domain/time.ts';
import { type Answer, json, refused } from './answer.ts';
import type { Call, HandlerDeps, Handlers } from './handler.ts';
import { findingView, reportedAccess } from './oversight-views.ts';
import { readPageEnd, writePageEnd } from './page.ts';

type OversightRoute = 'people' | 'endPerson' | 'accessReport' | 'answerFinding';

export const oversightHandlers: Handlers<OversightRoute> = {
  people: async (deps) => json({ people: await listPeople(deps) }),
  endPerson: async (deps, { principal, id, body }) => {
    const ended = await endPerson(deps, { principal, person: id, reason: body.reason });
    return ended.ok ? json(ended.value) : refused(ended.error);
  },
  accessReport: async (deps, call) => await accessReport(deps, call),
  answerFinding: async (deps, { principal, id, body }) => {
    const answered = await answerFinding(deps, { principal, findingId: id, ...body });
    if (!answered.ok) return refused(answered.error);
    const { finding, grant } = answered.value;
    const approvals = await approvalsOf(deps.store.read, grant.request_id);
    return json(findingView(deps, principal, finding, { grant, approvals }));
  },
};

async function accessReport(deps: HandlerDeps, { principal, query }: Call<'accessReport'>): Promise<Answer> {
  const filter = filterOf(deps, principal, query);
  if (!filter.oversight.all && filter.oversight.resources.length === 0)
    return refused({ code: 'forbidden', detail: 'The report is for owners and administrators.' });
  if (filter.fromMs >= filter.toMs)
    return refused({ code: 'invalid_request', detail: 'The window ends before it begins.' });
  const after = query.after === undefined ? null : readPageEnd(query.after);
  const found = await reportedGrants(deps, filter, { after, limit: query.limit });
  const grants = found.slice(0, query.limit);
  const rows = await readReportRows(deps, grants);
  const last = grants.at(-1);
  return json({
    from: formatInstant(filter.fromMs),
    to: formatInstant(filter.toMs),
    facts: deps.directory.mode === 'embedded' ? 'asserted' : 'verified',
    accesses: rows.map((row) => reportedAccess(deps, principal, row)),
    openFindings: await countOpenFindings(deps, filter),
    next:
      found.length > grants.length && last !== undefined
        ? writePageEnd({ atMs: last.starts_at_ms, id: last.id })
        : null,
  });
}

function filterOf(deps: HandlerDeps, principal: Call<'accessReport'>['principal'], query: ReportQuery): ReportFilter {
  return {
    oversight: oversightOf(deps, principal),
    fromMs: Date.parse(query.from),
    toMs: Date.parse(query.to),
    resource: query.resource ?? null,
    subjects: query.person === undefined ? null : accountsOf(deps, query.person),
    onlyOpen: query.onlyOpen === 'true',
  };
}
