// The record of each use: `use.started` is durable before anything is opened, and exactly one end follows it.
import { newId } from '#broker/ids.ts';
import type { Tx } from '#broker/store.ts';
import type { AccessTokenClaims } from '#broker/tokens/access-tokens.ts';
import type { DurationMs } from '#shared/domain/time.ts';
import type { Admission } from './admission.ts';
import { gatherWrites } from './gathered-writes.ts';
import type { GatewayDeps } from './gateway.ts';
import { createOpenUses } from './open-uses.ts';
import { useEnded, useOrphaned, useRefused, useStarted, type UseEnd } from './use-events.ts';

export type UseRecords = {
  /** Gives the use's id once its start is durable. Throws when it could not be written: then nothing may be opened. */
  readonly started: (admission: Admission, method: string) => Promise<string>;
  readonly ended: (useId: string, admission: Admission, end: UseEnd) => Promise<void>;
  readonly refused: (claims: AccessTokenClaims, code: string, method: string) => Promise<void>;
  /** Writes the ends and refusals that are gathered now. */
  readonly hurry: () => void;
  /** Ends every use that is still open from before: to be run while nothing is served. */
  readonly reconcile: () => Promise<void>;
};

type RecordDeps = Pick<GatewayDeps, 'clock' | 'store' | 'ledger' | 'live'>;

/** Ends and refusals are facts of the past: a moment later they are as true. A crash within it reads as interrupted. */
const GATHER_MS: DurationMs = 20;

async function addToQuota(tx: Tx, grantId: string, bytes: number): Promise<void> {
  await tx
    .insertInto('gateway_quota')
    .values({ grant_id: grantId, bytes_out: bytes })
    .onConflict((conflict) =>
      conflict.column('grant_id').doUpdateSet((row) => ({ bytes_out: row('gateway_quota.bytes_out', '+', bytes) })),
    )
    .execute();
}

export function createUseRecords({ clock, store, ledger, live }: RecordDeps): UseRecords {
  const openUses = createOpenUses();
  const gathered = gatherWrites(store, GATHER_MS);
  return {
    started: async (admission, method) => {
      const useId = newId('use');
      const { grantId, requestId, subject, resource } = admission.credential;
      const event = useStarted(useId, admission, method, clock.now());
      await gathered.soon(async (tx) => {
        await ledger.append(tx, event);
        await openUses.add(tx, { use_id: useId, grant_id: grantId, request_id: requestId, subject, resource });
      });
      return useId;
    },
    ended: async (useId, admission, end) => {
      const event = useEnded(useId, admission, end, clock.now());
      const counts = admission.resource.quotaBytes !== undefined && end.bytesOut > 0;
      await gathered.later(async (tx) => {
        await ledger.append(tx, event);
        await openUses.remove(tx, useId);
        if (counts) await addToQuota(tx, admission.credential.grantId, end.bytesOut);
      });
    },
    refused: async (claims, code, method) => {
      const requestId = live.find(claims.jti)?.requestId ?? null;
      const event = useRefused(claims, requestId, { code, method }, clock.now());
      await gathered.later((tx) => ledger.append(tx, event));
    },
    hurry: gathered.flush,
    reconcile: async () => {
      const orphans = await store.read.selectFrom('gateway_open_uses').selectAll().execute();
      for (const orphan of orphans) {
        await store.transaction(async (tx) => {
          await ledger.append(tx, useOrphaned(orphan, clock.now()));
          await openUses.remove(tx, orphan.use_id);
        });
      }
    },
  };
}
