// Ends what subjects have once they may have nothing more: those who are disabled, and those who did not prove
// themselves again in time. Runs with the deadlines on every replica, so it also finishes what another one began.
import type { SubjectId } from '#shared/domain/identity.ts';
import type { EndReason } from '#shared/domain/grant.ts';
import type { AccessDeps } from './access-deps.ts';
import { closeRequest } from './close.ts';
import { endGrant } from './end.ts';
import { findRequest, onFreshRows } from './rows.ts';

export const DISABLED_CODE = 'subject_disabled';

/** Ends every grant and closes every open request of subjects who are disabled. Tries all of them. */
export async function endOfDisabled(deps: AccessDeps): Promise<void> {
  // Embedded, nobody is disabled while it runs; who left the configuration is looked for at the start.
  if (deps.directory.mode === 'embedded') return;
  const isGone = ({ subject }: { readonly subject: SubjectId }): boolean => deps.directory.find(subject) === null;
  const holders = await deps.store.read
    .selectFrom('grants')
    .select('subject')
    .distinct()
    .where('state', 'in', ['active', 'activating'])
    .execute();
  const requesters = await deps.store.read
    .selectFrom('requests')
    .select('subject')
    .distinct()
    .where('state', 'in', ['pending', 'approved'])
    .execute();
  await endAll(deps, holders.filter(isGone), DISABLED_CODE);
  for (const { subject } of requesters.filter(isGone)) await closeRequestsOf(deps, subject);
}

/** The deadline of those who did not come with a new token for too long. What they asked for waits for them. */
export async function endOfUnproven(deps: AccessDeps): Promise<void> {
  const { reproveWithinMs } = deps.directory;
  if (reproveWithinMs === null) return;
  const unproven = await deps.store.read
    .selectFrom('grants')
    .innerJoin('accounts', 'accounts.subject', 'grants.subject')
    .select('grants.subject')
    .distinct()
    .where('grants.state', 'in', ['active', 'activating'])
    .where('accounts.proven_at_ms', '<=', deps.clock.now() - reproveWithinMs)
    .execute();
  await endAll(deps, unproven, 'subject_unproven');
}

/** One that cannot be ended now is kept and retried; it does not keep the others from their end. */
async function endAll(
  deps: AccessDeps,
  subjects: readonly { readonly subject: SubjectId }[],
  reason: EndReason,
): Promise<void> {
  const failures: unknown[] = [];
  for (const { subject } of subjects) {
    try {
      await endGrantsOf(deps, subject, reason);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'some grants could not be ended yet');
}

/** Ends every grant of the subject. Throws when one could not be ended, after all were tried. */
export async function endGrantsOf(deps: AccessDeps, subject: SubjectId, reason: EndReason): Promise<void> {
  const held = await deps.store.read
    .selectFrom('grants')
    .select('id')
    .where('subject', '=', subject)
    .where('state', 'in', ['active', 'activating'])
    .execute();
  const ends = await Promise.allSettled(
    held.map(
      async ({ id }) => await endGrant(deps, { grantId: id, reason, actor: 'broker', dueAtMs: deps.clock.now() }),
    ),
  );
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** Closes what the subject has asked for and not collected. */
export async function closeRequestsOf(deps: AccessDeps, subject: SubjectId): Promise<void> {
  const open = await deps.store.read
    .selectFrom('requests')
    .select('id')
    .where('subject', '=', subject)
    .where('state', 'in', ['pending', 'approved'])
    .execute();
  for (const { id } of open) {
    await onFreshRows(() =>
      deps.store.transaction(async (tx) => {
        const row = await findRequest(tx, id);
        if (row?.state !== 'pending' && row?.state !== 'approved') return;
        await closeRequest(deps, tx, row, { move: 'deny', code: DISABLED_CODE, actor: 'broker' });
      }),
    );
  }
}
