// The record of each use: `use.started` is durable before anything is opened, and exactly one end follows it.
import { newId } from '#broker/ids.ts';
import type { Tx } from '#broker/store.ts';
import type { AccessTokenClaims } from '#broker/tokens/access-tokens.ts';
import type { DurationMs } from '#shared/domain/time.ts';
import type { Admission } from './admission.ts';
import { gatherWrites } from './gathered-writes.ts';
import type { GatewayDeps } from './gateway.ts';
import { createOpenUses, findOrphans } from './open-uses.ts';
import { useEnded, useOrphaned, useRefused, useStarted, type UseEnd } from './use-events.ts';

export type UseRecords = {
  /** Gives the use's id once its start is durable. Throws when it could not be written: then nothing may be opened. */
  readonly started: (admission: Admission, method: string) => Promise<string>;
  readonly ended: (useId: string, admission: Admission, end: UseEnd) => Promise<void>;
  readonly refused: (claims: AccessTokenClaims, code: string, method: string) => Promise<void>;
  /** Writes the ends and refusals that are gathered now. */
  readonly hurry: () => void;
  /** Ends every use that is open and runs nowhere: before anything is served, and now and then. */
  readonly reconcile: () => Promise<void>;
};

type RecordDeps = Pick<GatewayDeps, 'clock' | 'store' | 'ledger' | 'live' | 'replicas'>;

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

export function createUseRecords({ clock, store, ledger, live, replicas }: RecordDeps): UseRecords {
  const openUses = createOpenUses();
  const gathered = gatherWrites(store, GATHER_MS);
  // A start or an end whose writing failed leaves a row that may be there: then nobody is here who would end it.
  const running = new Set<string>();
  return {
    started: async (admission, method) => {
      const useId = newId('use');
      const { grantId, requestId, subject, resource } = admission.credential;
      const event = useStarted(useId, admission, method, clock.now());
      const row = { use_id: useId, grant_id: grantId, request_id: requestId, subject, resource, replica: replicas.id };
      running.add(useId);
      try {
        await gathered.soon(async (tx) => {
          await ledger.append(tx, event);
          await openUses.add(tx, row);
        });
      } catch (error) {
        running.delete(useId);
        throw error;
      }
      return useId;
    },
    ended: async (useId, admission, end) => {
      const event = useEnded(useId, admission, end, clock.now());
      const counts = admission.resource.quotaBytes !== undefined && end.bytesOut > 0;
      try {
        await gathered.later(async (tx) => {
          // One end for each start: whoever took this replica for dead has written it.
          if (await openUses.remove(tx, useId)) await ledger.append(tx, event);
          if (counts) await addToQuota(tx, admission.credential.grantId, end.bytesOut);
        });
      } finally {
        running.delete(useId);
      }
    },
    refused: async (claims, code, method) => {
      const requestId = live.find(claims.jti)?.requestId ?? null;
      const event = useRefused(claims, requestId, { code, method }, clock.now());
      await gathered.later((tx) => ledger.append(tx, event));
    },
    hurry: gathered.flush,
    reconcile: async () => {
      const orphans = await findOrphans(store.read, replicas, (useId) => running.has(useId));
      for (const orphan of orphans) {
        await store.transaction(async (tx) => {
          if (await openUses.remove(tx, orphan.use_id)) await ledger.append(tx, useOrphaned(orphan, clock.now()));
        });
      }
    },
  };
}
