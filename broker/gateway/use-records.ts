// The record of each use: `use.started` is durable before anything is opened, and exactly one end follows it.
// Never writes a path, a query or a header: the ledger keeps the action, not what was asked.
import { newId } from '#broker/ids.ts';
import type { AccessTokenClaims } from '#broker/tokens/access-tokens.ts';
import type { AuditData, AuditEvent } from '#shared/domain/audit-event.ts';
import type { Admission } from './admission.ts';
import type { DurationMs } from '#shared/domain/time.ts';
import { gatherWrites } from './gathered-writes.ts';
import type { GatewayDeps } from './gateway.ts';
import { createOpenUses } from './open-uses.ts';

export type UseEnd =
  | { readonly kind: 'finished'; readonly status: number; readonly bytesIn: number; readonly bytesOut: number }
  | { readonly kind: 'interrupted'; readonly code: string; readonly bytesOut: number };

export type UseRecords = {
  /** Gives the use's id once its start is durable. Throws when it could not be written: then nothing may be opened. */
  readonly started: (admission: Admission, method: string) => Promise<string>;
  readonly ended: (useId: string, admission: Admission, end: UseEnd) => Promise<void>;
  readonly refused: (claims: AccessTokenClaims, reason: string, method: string) => Promise<void>;
  /** Writes the ends and refusals that are gathered now. */
  readonly hurry: () => void;
  /** Ends every use that is still open from before: to be run while nothing is served. */
  readonly reconcile: () => Promise<void>;
};

type RecordDeps = Pick<GatewayDeps, 'clock' | 'store' | 'ledger' | 'live'>;

function endEvent(
  useId: string,
  masked: boolean,
  end: UseEnd,
):
  | { kind: 'use.finished'; data: AuditData['use.finished'] }
  | { kind: 'use.interrupted'; data: AuditData['use.interrupted'] } {
  if (end.kind === 'interrupted') return { kind: 'use.interrupted', data: { useId, code: end.code } };
  const { status, bytesIn, bytesOut } = end;
  return { kind: 'use.finished', data: { useId, status, bytesIn, bytesOut, masked } };
}

/** Ends and refusals are facts of the past: a moment later they are as true. A crash within it reads as interrupted. */
const GATHER_MS: DurationMs = 20;

export function createUseRecords(deps: RecordDeps): UseRecords {
  const { store, ledger, clock } = deps;
  const openUses = createOpenUses();
  const gathered = gatherWrites(store, GATHER_MS);
  const about = (admission: Admission) => ({
    atMs: clock.now(),
    actor: admission.credential.subject,
    subject: admission.credential.subject,
    resource: admission.credential.resource,
    requestId: admission.credential.requestId,
    grantId: admission.credential.grantId,
  });

  async function started(admission: Admission, method: string): Promise<string> {
    const useId = newId('use');
    const { credential, action } = admission;
    const event: AuditEvent = {
      ...about(admission),
      kind: 'use.started',
      outcome: 'success',
      data: { credential: credential.credentialId, action, method, useId },
    };
    const row = {
      use_id: useId,
      grant_id: credential.grantId,
      request_id: credential.requestId,
      subject: credential.subject,
      resource: credential.resource,
    };
    await store.transaction(async (tx) => {
      await ledger.append(tx, event);
      await openUses.add(tx, row);
    });
    return useId;
  }

  async function ended(useId: string, admission: Admission, end: UseEnd): Promise<void> {
    const failed = end.kind === 'interrupted' || end.status >= 400;
    const event: AuditEvent = {
      ...about(admission),
      outcome: failed ? 'failure' : 'success',
      ...endEvent(useId, admission.masked, end),
    };
    const spent = admission.resource.quotaBytes === undefined ? 0 : end.bytesOut;
    await gathered.add(async (tx) => {
      await ledger.append(tx, event);
      await openUses.remove(tx, useId);
      if (spent === 0) return;
      await tx
        .insertInto('gateway_quota')
        .values({ grant_id: admission.credential.grantId, bytes_out: spent })
        .onConflict((conflict) =>
          conflict.column('grant_id').doUpdateSet((row) => ({ bytes_out: row('gateway_quota.bytes_out', '+', spent) })),
        )
        .execute();
    });
  }

  async function refused(claims: AccessTokenClaims, reason: string, method: string): Promise<void> {
    const event: AuditEvent = {
      atMs: clock.now(),
      actor: claims.sub,
      subject: claims.sub,
      resource: claims.aud,
      requestId: deps.live.find(claims.jti)?.requestId ?? null,
      grantId: claims.grant_id,
      kind: 'use.refused',
      outcome: 'failure',
      data: { code: reason, method },
    };
    await gathered.add((tx) => ledger.append(tx, event));
  }

  async function reconcile(): Promise<void> {
    const orphans = await store.read.selectFrom('gateway_open_uses').selectAll().execute();
    for (const orphan of orphans) {
      const event: AuditEvent = {
        atMs: clock.now(),
        actor: 'broker',
        subject: orphan.subject,
        resource: orphan.resource,
        requestId: orphan.request_id,
        grantId: orphan.grant_id,
        kind: 'use.interrupted',
        outcome: 'failure',
        data: { useId: orphan.use_id, code: 'broker_restarted' },
      };
      await store.transaction(async (tx) => {
        await ledger.append(tx, event);
        await openUses.remove(tx, orphan.use_id);
      });
    }
  }

  return { started, ended, refused, reconcile, hurry: gathered.flush };
}
