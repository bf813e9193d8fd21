// After a stop of any kind, before anything is served: what is overdue is ended, what was cut short is finished.
import type { AccessDeps } from './access-deps.ts';
import { goLive } from './activate.ts';
import type { Deadlines } from './deadlines.ts';
import { endGroundlessGrants } from './end-groundless.ts';
import { finishEnd } from './finish-end.ts';

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
  const cutShort = await deps.store.read.selectFrom('grants').select('id').where('state', '=', 'revoking').execute();
  for (const { id } of cutShort) await finishEnd(deps, id);
  await deadlines.runDue();
  await endGroundlessGrants(deps);
  await reviveActive(deps);
  deadlines.changed();
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
