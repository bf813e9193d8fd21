// After a stop of any kind, before anything is served: what is overdue is ended, what was cut short is finished.
import { SECOND_MS } from '#shared/domain/time.ts';
import type { AccessDeps } from './access-deps.ts';
import { goLive } from './activate.ts';
import type { Deadlines } from './deadlines.ts';
import { endGroundlessGrants } from './end-groundless.ts';
import { finishEnd, REVOKE_PATIENCE_MS } from './finish-end.ts';

/** How long another replica is given for an end that it has begun. */
const FRESH_MS = 5 * SECOND_MS;

/**
 * Finishes recorded ends, runs everything overdue, then lets the credentials of active grants work again.
 * A begun grant whose credential was never handed over stays `activating`: its desktop may collect it again
 * for a short time, then it is undone. Throws when the store cannot be read or written: then nothing is served.
 */
export async function reconcile(deps: AccessDeps, deadlines: Deadlines): Promise<void> {
  await deps.store.transaction(async (tx) => {
    await tx
      .updateTable('grants')
      .set({ retry_at_ms: deps.clock.now() })
      .where('state', '=', 'revoke_failed')
      .execute();
  });
  for (const { id } of await cutShort(deps)) await finishEnd(deps, id);
  await deadlines.runDue();
  await endGroundlessGrants(deps);
  await reviveActive(deps);
  deadlines.changed();
}

/** Begun ends that nobody carries out: another replica that lives is at the fresh ones, or they come up again by time. */
async function cutShort({ store, clock }: AccessDeps): Promise<readonly { readonly id: string }[]> {
  const begun = store.read.selectFrom('grants').select('id').where('state', '=', 'revoking');
  if (store.shared === null) return await begun.execute();
  return await begun.where('retry_at_ms', '<=', clock.now() + REVOKE_PATIENCE_MS - FRESH_MS).execute();
}

async function reviveActive(deps: AccessDeps): Promise<void> {
  const active = await deps.store.read.selectFrom('grants').selectAll().where('state', '=', 'active').execute();
  for (const grant of active) {
    const issued = await deps.store.read
      .selectFrom('credentials')
      .select('id')
      .where('grant_id', '=', grant.id)
      .where('state', '=', 'issued')
      .execute();
    for (const { id } of issued) goLive(deps, grant, id);
  }
}
