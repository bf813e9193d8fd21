// Reads the rows of the report: which grants are in it, and all that belongs to one page of them, in a few statements.
import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import type { AccessDeps } from '#broker/access/access-deps.ts';
import type { ApprovalRow, GrantRow, RequestRow } from '#broker/access/tables.ts';
import type { Tables } from '#broker/store.ts';
import type { SubjectId } from '#shared/domain/identity.ts';
import type { ResourceId } from '#shared/domain/scope.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import type { Oversight } from './scope.ts';
import type { FindingRow } from './tables.ts';
import { readUses, type Uses } from './uses.ts';

export type ReportFilter = {
  readonly oversight: Oversight;
  readonly fromMs: EpochMs;
  readonly toMs: EpochMs;
  readonly resource: ResourceId | null;
  /** The accounts of one human, or null for everybody's. */
  readonly subjects: readonly SubjectId[] | null;
  readonly onlyOpen: boolean;
};

export type ReportRow = {
  readonly grant: GrantRow;
  readonly request: RequestRow;
  readonly approvals: readonly ApprovalRow[];
  readonly findings: readonly FindingRow[];
  readonly uses: Pick<Uses, 'count' | 'bytesOut' | 'lastUsedAtMs'>;
};

type Grants = ExpressionBuilder<Pick<Tables, 'grants' | 'findings'>, 'grants'>;

/** Access that overlaps the window: what ended before it, or starts after it, is not in it. */
function inReport(eb: Grants, filter: ReportFilter): Expression<SqlBool> {
  const conditions = [
    eb('grants.starts_at_ms', '<', filter.toMs),
    eb.or([eb('grants.ended_at_ms', 'is', null), eb('grants.ended_at_ms', '>=', filter.fromMs)]),
  ];
  // Never empty lists: an id that nothing has matches nothing.
  if (!filter.oversight.all) conditions.push(eb('grants.resource', 'in', ['', ...filter.oversight.resources]));
  if (filter.resource !== null) conditions.push(eb('grants.resource', '=', filter.resource));
  if (filter.subjects !== null) conditions.push(eb('grants.subject', 'in', ['', ...filter.subjects]));
  if (filter.onlyOpen)
    conditions.push(
      eb('grants.id', 'in', (open) => open.selectFrom('findings').select('grant_id').where('answer', '=', 'open')),
    );
  return eb.and(conditions);
}

/** Newest start first; one more than `limit` when there is more. */
export async function reportedGrants(
  { store }: Pick<AccessDeps, 'store'>,
  filter: ReportFilter,
  page: { readonly after: { readonly atMs: EpochMs; readonly id: string } | null; readonly limit: number },
): Promise<readonly GrantRow[]> {
  let select = store.read
    .selectFrom('grants')
    .selectAll('grants')
    .where((eb) => inReport(eb, filter))
    .orderBy('starts_at_ms', 'desc')
    .orderBy('id', 'desc')
    .limit(page.limit + 1);
  const { after } = page;
  if (after !== null)
    select = select.where((eb) => eb(eb.refTuple('starts_at_ms', 'id'), '<', eb.tuple(after.atMs, after.id)));
  return await select.execute();
}

export async function countOpenFindings({ store }: Pick<AccessDeps, 'store'>, filter: ReportFilter): Promise<number> {
  const { open } = await store.read
    .selectFrom('findings')
    .innerJoin('grants', 'grants.id', 'findings.grant_id')
    .select((eb) => eb.fn.countAll<number>().as('open'))
    .where('findings.answer', '=', 'open')
    .where((eb) => inReport(eb as unknown as Grants, { ...filter, onlyOpen: false }))
    .executeTakeFirstOrThrow();
  return Number(open);
}

/** All that belongs to these grants. */
export async function readReportRows(
  deps: Pick<AccessDeps, 'store' | 'ledger'>,
  grants: readonly GrantRow[],
): Promise<readonly ReportRow[]> {
  if (grants.length === 0) return [];
  const ids = grants.map(({ id }) => id);
  const requestIds = grants.map(({ request_id }) => request_id);
  const { read } = deps.store;
  const [requests, approvals, findings, uses] = await Promise.all([
    read.selectFrom('requests').selectAll().where('id', 'in', requestIds).execute(),
    read
      .selectFrom('approvals')
      .selectAll()
      .where('request_id', 'in', requestIds)
      .where('answer', '=', 'approve')
      .orderBy('created_at_ms')
      .execute(),
    read.selectFrom('findings').selectAll().where('grant_id', 'in', ids).orderBy('deviation').execute(),
    read.selectFrom('grant_uses').selectAll().where('grant_id', 'in', ids).execute(),
  ]);
  const requestOf = new Map(requests.map((request) => [request.id, request]));
  const usesOf = new Map(uses.map((row) => [row.grant_id, row]));
  const rows: ReportRow[] = [];
  for (const grant of grants) {
    const request = requestOf.get(grant.request_id);
    if (request === undefined) throw new Error(`request ${grant.request_id} of a grant is gone`);
    const known = usesOf.get(grant.id);
    rows.push({
      grant,
      request,
      approvals: approvals.filter(({ request_id }) => request_id === request.id),
      findings: findings.filter(({ grant_id }) => grant_id === grant.id),
      uses:
        known === undefined
          ? await readUses(deps, grant.id)
          : { count: known.uses, bytesOut: known.bytes_out, lastUsedAtMs: known.last_used_at_ms },
    });
  }
  return rows;
}
