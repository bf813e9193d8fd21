// After a restore nobody knows what happened since the backup: a grant in it may have been revoked, a request answered
// or collected, a credential issued that no row tells of. So all of it ends, and people ask again. Nothing is served
// before that is done; whatever stops it, the next start begins with it.
import type { AccessDeps } from '#broker/access/access-deps.ts';
import { closeRequest } from '#broker/access/close.ts';
import { endGrant } from '#broker/access/end.ts';
import { findRequest, onFreshRows } from '#broker/access/rows.ts';
import type { Issuers } from '#broker/issuers/open-issuers.ts';
import { brokerEvent } from '#broker/ledger/broker-event.ts';
import type { Ledger } from '#broker/ledger/ledger.ts';
import type { BrokerStore } from '#broker/store.ts';
import type { Clock } from '#shared/domain/time.ts';

/** Token-signing keys may have signed for grants that the backup does not know: none of them vouches for anything now. */
export async function distrustKeys(store: BrokerStore, ledger: Pick<Ledger, 'append'>, clock: Clock): Promise<void> {
  await store.transaction(async (tx) => {
    for (const { id } of await tx.selectFrom('signing_keys').select('id').execute()) {
      await tx.deleteFrom('signing_keys').where('id', '=', id).execute();
      await ledger.append(tx, brokerEvent('key.retired', clock.now(), { keyId: id }));
    }
  });
}

/** Ends every grant, closes every open request, and ends what issuers made for credentials that no row tells of. */
export async function settleRestore(deps: AccessDeps, issuers: Pick<Issuers, 'endOrphans'>): Promise<void> {
  const { read } = deps.store;
  const requests = await read
    .selectFrom('requests')
    .select('id')
    .where('state', 'in', ['pending', 'approved'])
    .execute();
  for (const { id } of requests) await closeOne(deps, id);
  const grants = await read.selectFrom('grants').select('id').where('state', 'in', ['activating', 'active']).execute();
  for (const { id } of grants)
    await endGrant(deps, { grantId: id, reason: 'revoked', actor: 'broker', dueAtMs: deps.clock.now() });
  await issuers.endOrphans();
  await deps.store.transaction(async (tx) => {
    await tx
      .updateTable('restores')
      .set({ settled_at_ms: deps.clock.now() })
      .where('settled_at_ms', 'is', null)
      .execute();
  });
}

async function closeOne(deps: AccessDeps, id: string): Promise<void> {
  await onFreshRows(() =>
    deps.store.transaction(async (tx) => {
      const row = await findRequest(tx, id);
      if (row === undefined || (row.state !== 'pending' && row.state !== 'approved')) return;
      const move = row.state === 'pending' ? 'withdraw' : 'revoke';
      await closeRequest(deps, tx, row, { move, code: 'restored', actor: 'broker' });
    }),
  );
}
