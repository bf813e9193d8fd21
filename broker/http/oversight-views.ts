// How the report and its findings look from outside.
import type { FindingView, ReportedAccess } from '#shared/contracts/oversight-api.ts';
import { z } from 'zod';
import { formatInstant } from '#shared/domain/time.ts';
import type { Principal } from '#shared/domain/identity.ts';
import { storedActions } from '#broker/access/stored.ts';
import type { ApprovalRow, GrantRow } from '#broker/access/tables.ts';
import { mayAnswer } from '#broker/oversight/answer-finding.ts';
import type { ReportRow } from '#broker/oversight/report-rows.ts';
import { nameOf, personOf } from '#broker/oversight/scope.ts';
import type { FindingRow } from '#broker/oversight/tables.ts';
import { UNKNOWN, type ViewDeps } from './views.ts';

const factsSchema = z.record(z.string(), z.union([z.string(), z.number()]));

export function findingView(
  deps: ViewDeps,
  viewer: Principal,
  row: FindingRow,
  { grant, approvals }: { readonly grant: GrantRow; readonly approvals: readonly ApprovalRow[] },
): FindingView {
  return {
    id: row.id,
    grantId: row.grant_id,
    deviation: row.deviation,
    facts: factsSchema.parse(JSON.parse(row.facts)),
    raisedAt: formatInstant(row.raised_at_ms),
    answer: row.answer,
    answeredBy: row.answered_by === null ? null : (nameOf(deps, row.answered_by) ?? UNKNOWN),
    answeredAt: row.answered_at_ms === null ? null : formatInstant(row.answered_at_ms),
    note: row.note,
    mine: mayAnswer(deps, viewer, grant, approvals),
  };
}

export function reportedAccess(deps: ViewDeps, viewer: Principal, row: ReportRow): ReportedAccess {
  const { grant, request, approvals, findings, uses } = row;
  const resource = deps.snapshot().resource(grant.resource);
  return {
    grantId: grant.id,
    requestId: request.id,
    state: grant.state,
    holder: {
      name: nameOf(deps, grant.subject) ?? UNKNOWN,
      person: personOf(deps, grant.subject),
      me: grant.subject === viewer.subject,
    },
    resource: {
      id: grant.resource,
      name: resource?.name ?? grant.resource,
      sensitivity: resource?.sensitivity ?? null,
      tags: [...(resource?.tags ?? [])],
    },
    actions: [...storedActions(grant)],
    purpose: request.purpose,
    justification: request.justification,
    approvedBy: approvals.map(({ subject, created_at_ms }) => ({
      name: nameOf(deps, subject) ?? UNKNOWN,
      at: formatInstant(created_at_ms),
    })),
    selfConfirmed: request.self_confirmed === 1,
    breakGlass: request.break_glass === 1,
    startsAt: formatInstant(grant.starts_at_ms),
    plannedEnd: formatInstant(grant.ends_at_ms),
    endedAt: grant.ended_at_ms === null ? null : formatInstant(grant.ended_at_ms),
    endReason: grant.end_reason,
    extends: grant.extends_grant,
    uses: {
      count: uses.count,
      bytesOut: uses.bytesOut,
      lastAt: uses.lastUsedAtMs === null ? null : formatInstant(uses.lastUsedAtMs),
    },
    findings: findings.map((finding) => findingView(deps, viewer, finding, row)),
  };
}
