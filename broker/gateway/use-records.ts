// The record of each use: `use.started` is durable before anything is opened, and exactly one end follows it.
import type { LiveCredential } from '#broker/access/live-credentials.ts';
import { newId } from '#broker/ids.ts';
import type { Tx } from '#broker/store.ts';
import type { AccessTokenClaims } from '#broker/tokens/access-tokens.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { DurationMs } from '#shared/domain/time.ts';
import type { Admission } from './admission.ts';
import { gatherWrites } from './gathered-writes.ts';
import type { GatewayDeps } from './gateway.ts';
import { createOpenUses, findOrphans } from './open-uses.ts';
import { leavePlace, takePlace } from './shared-operations.ts';
import { isMade } from './spent.ts';
import type { OpenUseRow } from './tables.ts';
import { useEnded, useOrphaned, useRefused, useStarted, type UseEnd } from './use-events.ts';

export type UseRecords = {
  /**
   * Gives the use's id once its start is durable. Refuses what another replica ended, or let its one call begin.
   * Throws when it could not be written: then nothing may be opened.
   */
  readonly started: (admission: Admission, method: string) => Promise<Result<string, StartRefusal>>;
  readonly ended: (useId: string, admission: Admission, end: UseEnd) => Promise<void>;
  readonly refused: (claims: AccessTokenClaims, code: string, method: string) => Promise<void>;
  /** Writes the ends and refusals that are gathered now. */
  readonly hurry: () => void;
  /** Ends every use that is open and runs nowhere: before anything is served, and now and then. */
  readonly reconcile: () => Promise<void>;
};

export type StartRefusal = 'not_live' | 'operation_in_progress' | 'operation_done';
type RecordDeps = Pick<GatewayDeps, 'clock' | 'store' | 'ledger' | 'live' | 'replicas' | 'shared'>;

/** Ends and refusals are facts of the past: a moment later they are as true. A crash within it reads as interrupted. */
const GATHER_MS: DurationMs = 20;

export function createUseRecords({ clock, store, ledger, live, replicas, shared }: RecordDeps): UseRecords {
  const openUses = createOpenUses();
  const gathered = gatherWrites(store, GATHER_MS);
  // A start or an end whose writing failed leaves a row that may be there: then nobody is here who would end it.
  const running = new Set<string>();
  /** Ends that give a grant's one place back, while they are being written: who calls again here waits for them. */
  const leaving = new Map<string, Promise<void>>();

  /** The database decides where others may have ended the access, or used its one call, a moment ago. */
  async function open(tx: Tx, row: OpenUseRow, credential: LiveCredential): Promise<StartRefusal | null> {
    if (shared === null) {
      await openUses.add(tx, row);
      return null;
    }
    if (!(await openUses.addIfOn(tx, row, credential.credentialId))) return 'not_live';
    if (!credential.endsWithOperation) return null;
    const place = await takePlace(tx, row.grant_id, row.use_id);
    if (place === 'taken') return null;
    await openUses.remove(tx, row.use_id);
    return place === 'running' ? 'operation_in_progress' : 'operation_done';
  }

  return {
    started: async (admission, method) => {
      await leaving.get(admission.credential.grantId);
      const useId = newId('use');
      const { grantId, requestId, subject, resource } = admission.credential;
      const event = useStarted(useId, admission, method, clock.now());
      const row = { use_id: useId, grant_id: grantId, request_id: requestId, subject, resource, replica: replicas.id };
      let refusal: StartRefusal | null = null;
      running.add(useId);
      try {
        await gathered.soon(async (tx) => {
          refusal = await open(tx, row, admission.credential);
          if (refusal === null) await ledger.append(tx, event);
        });
      } catch (error) {
        running.delete(useId);
        throw error;
      }
      if (refusal === null) return ok(useId);
      running.delete(useId);
      return err(refusal);
    },
    ended: async (useId, admission, end) => {
      const event = useEnded(useId, admission, end, clock.now());
      const { grantId, endsWithOperation } = admission.credential;
      const leaves = shared !== null && endsWithOperation && !isMade(end);
      const written = gathered.later(async (tx) => {
        // One end for each start: whoever took this replica for dead has written it.
        if (await openUses.remove(tx, useId)) {
          await ledger.append(tx, event);
          if (leaves) await leavePlace(tx, useId);
        }
      });
      if (leaves)
        leaving.set(
          grantId,
          written.catch(() => undefined),
        );
      try {
        await written;
      } finally {
        running.delete(useId);
        leaving.delete(grantId);
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
