// Where the login of each credential was made: kept from before it is made until it is gone, so that it can be ended
// whatever became of its catalog entry. Names the admin's secret, never holds it.
import { z } from 'zod';
import type { DatabaseServer } from '#shared/contracts/database.ts';
import { DAY_MS, type EpochMs } from '#shared/domain/time.ts';
import type { BrokerStore, Reader } from '#broker/store.ts';
import { NOWHERE } from './tables.ts';

const serverSchema = z.object({
  host: z.string(),
  port: z.int(),
  name: z.string(),
  admin: z.object({ user: z.string(), password: z.string() }),
  sslmode: z.enum(['disable', 'require', 'verify-ca', 'verify-full']),
});

/** Only what leads there and is no secret. */
export function serverOf({ host, port, name, admin, sslmode }: DatabaseServer): DatabaseServer {
  return { host, port, name, admin: { user: admin.user, password: admin.password }, sslmode };
}

export async function keepLogin(
  store: BrokerStore,
  {
    credentialId,
    server,
    nowMs,
  }: { readonly credentialId: string; readonly server: DatabaseServer; readonly nowMs: EpochMs },
): Promise<void> {
  await store.transaction(async (tx) => {
    await tx
      .insertInto('postgres_logins')
      .values({
        credential_id: credentialId,
        server: JSON.stringify(serverOf(server)),
        created_at_ms: nowMs,
        ended_at_ms: null,
      })
      .execute();
  });
}

/** Whether the login is still wanted: false once somebody began to end it, on whatever replica. */
export async function isWanted(db: Reader, credentialId: string): Promise<boolean> {
  const row = await db
    .selectFrom('postgres_logins')
    .select('ended_at_ms')
    .where('credential_id', '=', credentialId)
    .executeTakeFirst();
  return row?.ended_at_ms === null;
}

/**
 * Says that the login must not be, before it is dropped: who is making it at this moment looks afterwards and drops it,
 * and who has not begun yet finds the row taken. Gives where it is; null: nothing was made so far.
 */
export async function endLoginRow(
  store: BrokerStore,
  { credentialId, nowMs }: { readonly credentialId: string; readonly nowMs: EpochMs },
): Promise<DatabaseServer | null> {
  await store.transaction(async (tx) => {
    await tx
      .insertInto('postgres_logins')
      .values({ credential_id: credentialId, server: NOWHERE, created_at_ms: nowMs, ended_at_ms: nowMs })
      .onConflict((conflict) => conflict.column('credential_id').doUpdateSet({ ended_at_ms: nowMs }))
      .execute();
  });
  return await findServer(store.read, credentialId);
}

/** Null: nothing was ever made for this credential. */
export async function findServer(db: Reader, credentialId: string): Promise<DatabaseServer | null> {
  const row = await db
    .selectFrom('postgres_logins')
    .select('server')
    .where('credential_id', '=', credentialId)
    .executeTakeFirst();
  return row === undefined || row.server === NOWHERE ? null : serverSchema.parse(JSON.parse(row.server));
}

/** Every server that has, or may have, a login of this broker. */
export async function knownServers(db: Reader): Promise<readonly DatabaseServer[]> {
  const rows = await db
    .selectFrom('postgres_logins')
    .select('server')
    .distinct()
    .where('server', '!=', NOWHERE)
    .execute();
  return rows.map((row) => serverSchema.parse(JSON.parse(row.server)));
}

/** Nobody makes a login so long after it was ended. */
export async function forgetEnded(store: BrokerStore, nowMs: EpochMs): Promise<void> {
  await store.transaction(async (tx) => {
    await tx
      .deleteFrom('postgres_logins')
      .where('ended_at_ms', '<', nowMs - DAY_MS)
      .execute();
  });
}
