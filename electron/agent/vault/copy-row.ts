// A local copy as the vault works with it, and its row in the database.
import { z } from 'zod';
import { databaseTargetSchema } from '#shared/contracts/broker-api.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import type { LocalCopyRow } from './tables.ts';
import type { LocalCopy } from './vault.ts';

const issuedSchema = z.object({
  grantId: z.string(),
  credentialId: z.string(),
  actions: z.array(z.string()),
  startsAtMs: z.number(),
  endsAtMs: z.number(),
  url: z.string().nullable(),
  extendsGrant: z.string().nullable(),
  endsWithOperation: z.boolean(),
  /** Where a database login leads; its password is the secret. Absent in rows of earlier versions. */
  target: databaseTargetSchema.nullable().default(null),
  /** The credential's own end: the grant's may move, but never past it. */
  expiresAtMs: z.number(),
});
export type Issued = Readonly<z.infer<typeof issuedSchema>>;

export type VaultCopy = Omit<LocalCopy, 'issued' | 'clipboardUntilMs'> & {
  readonly version: number;
  readonly subject: string;
  readonly issued: Issued | null;
  readonly wipeAttempts: number;
  readonly overAtMs: EpochMs | null;
};

export function toRow(copy: VaultCopy): LocalCopyRow {
  return {
    collect_id: copy.collectId,
    version: copy.version,
    state: copy.state,
    held_in: copy.heldIn,
    request_id: copy.requestId,
    user: copy.user,
    subject: copy.subject,
    resource: copy.resource,
    intended_at_ms: copy.intendedAtMs,
    issued: copy.issued === null ? null : JSON.stringify(copy.issued),
    wipe_reason: copy.wipe?.reason ?? null,
    wipe_due_at_ms: copy.wipe?.dueAtMs ?? null,
    wipe_lag_ms: copy.wipe?.lagMs ?? null,
    wipe_problem: copy.wipe?.problem ?? null,
    wipe_attempts: copy.wipeAttempts,
    over_at_ms: copy.overAtMs,
  };
}

export function fromRow(row: LocalCopyRow): VaultCopy {
  const { wipe_reason: reason, wipe_due_at_ms: dueAtMs } = row;
  return {
    collectId: row.collect_id,
    version: row.version,
    state: row.state,
    heldIn: row.held_in,
    requestId: row.request_id,
    user: row.user,
    subject: row.subject,
    resource: row.resource,
    intendedAtMs: row.intended_at_ms,
    issued: row.issued === null ? null : issuedSchema.parse(JSON.parse(row.issued)),
    wipe:
      reason === null || dueAtMs === null
        ? null
        : { reason, dueAtMs, lagMs: row.wipe_lag_ms, problem: row.wipe_problem },
    wipeAttempts: row.wipe_attempts,
    overAtMs: row.over_at_ms,
  };
}
