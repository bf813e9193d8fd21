// After a stop of any kind, before anything is served: what is overdue is ended, what was cut short is finished.
import type { AccessDeps } from './access-deps.ts';
import { goLive } from './activate.ts';
import type { Deadlines } from './deadlines.ts';
import { endGroundlessGrants } from './end-groundless.ts';
import { finishEnd } from './finish-end.ts';

/** Another replica is given a second for the ends that it has begun. */
const LOOKS = 10;
const LOOK_EVERY_MS = 100;

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

/**
 * Ends that were begun and not carried out. One that another replica is at right now is left to it for a moment; what
 * is still there then may have died with its replica, and is finished before anything is served.
 */
async function cutShort({ store }: AccessDeps): Promise<readonly { readonly id: string }[]> {
  const begun = store.read.selectFrom('grants').select('id').where('state', '=', 'revoking');
  let found = await begun.execute();
  for (let looks = 0; store.shared !== null && found.length > 0 && looks < LOOKS; looks += 1) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    found = await begun.execute();
  }
  return found;
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
