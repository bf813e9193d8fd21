// What outlives the program of a sign-in: in the keychain the refresh token and nothing else secret; in the database who it
// was and how they signed in, without any secret.
import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { z } from 'zod';
import { ok, type Result } from '#shared/domain/result.ts';
import type { Store } from '#shared/store/store.ts';
import type { Keychain, KeychainProblem } from '../keychain-port.ts';
import type { Account } from './sign-in-state.ts';

export const connectionMigrations: Readonly<Record<string, Migration>> = {
  'connection-0001': {
    up: async (db: Kysely<never>) => {
      await db.schema
        .createTable('sign_in')
        .addColumn('id', 'integer', (column) => column.primaryKey())
        .addColumn('value', 'text', (column) => column.notNull())
        .addCheckConstraint('one_sign_in', sql`id = 1`)
        .execute();
    },
  },
};
export type ConnectionTables = { sign_in: { id: number; value: string } };
export type ConnectionStore = Pick<Store<ConnectionTables>, 'read' | 'transaction'>;

const keptSchema = z.object({
  account: z.object({ issuer: z.string(), subject: z.string(), name: z.string() }),
  /** To whom the refresh token may be shown, whatever the broker says later. */
  offer: z.object({
    name: z.string(),
    issuer: z.string(),
    clientId: z.string(),
    scopes: z.array(z.string()),
    audience: z.string(),
    freshForMs: z.number(),
  }),
  /** `memory`: the keychain did not take the refresh token, so the sign-in ends with the program. */
  held: z.enum(['keychain', 'memory', 'none']),
  why: z.enum(['signed_out', 'expired', 'refused']).nullable(),
  provedAtMs: z.number().nullable(),
  /** A refresh was begun: cut here, the token in the keychain may be spent already. */
  refreshing: z.boolean(),
});
export type KeptSignIn = Readonly<z.infer<typeof keptSchema>>;

const ITEM = 'sign-in';
/** Bound to its account: after a crash between keychain and database the two may not belong together. */
const itemSchema = z.object({ issuer: z.string(), subject: z.string(), refreshToken: z.string() });

export type SignInKeeper = {
  readonly read: () => KeptSignIn | null;
  readonly write: (kept: KeptSignIn) => Promise<void>;
  /** Null: nothing of this account is there. */
  readonly refreshToken: (account: Account) => Promise<Result<string | null, KeychainProblem>>;
  readonly keepRefreshToken: (account: Account, token: string) => Promise<Result<null, KeychainProblem>>;
  /** Deletes and reads back. */
  readonly dropRefreshToken: () => Promise<Result<null, KeychainProblem>>;
};

/** For an area that is not used any more: its broker is not called again without a new sign-in. */
export async function forgetSignIn(keychain: Pick<Keychain, 'remove'>): Promise<void> {
  await keychain.remove(ITEM);
}

/** Reads what is kept. Throws a StoreError when the database cannot be read. */
export async function openSignInKeeper(store: ConnectionStore, keychain: Keychain): Promise<SignInKeeper> {
  const row = await store.read.selectFrom('sign_in').select('value').executeTakeFirst();
  // One of another version counts as none: the person signs in again.
  const parsed = row === undefined ? null : keptSchema.safeParse(JSON.parse(row.value));
  let kept: KeptSignIn | null = parsed?.success === true ? parsed.data : null;
  return {
    read: () => kept,
    write: async (next) => {
      const value = JSON.stringify(next);
      await store.transaction(async (tx) => {
        await tx
          .insertInto('sign_in')
          .values({ id: 1, value })
          .onConflict((on) => on.column('id').doUpdateSet({ value }))
          .execute();
      });
      kept = next;
    },
    refreshToken: async ({ issuer, subject }) => {
      const read = await keychain.get(ITEM);
      if (!read.ok || read.value === null) return read.ok ? ok(null) : read;
      const item = readItem(read.value);
      return ok(item?.issuer === issuer && item.subject === subject ? item.refreshToken : null);
    },
    keepRefreshToken: async ({ issuer, subject }, refreshToken) => {
      const bytes = Buffer.from(JSON.stringify({ issuer, subject, refreshToken }), 'utf8');
      const done = await keychain.set(ITEM, bytes);
      bytes.fill(0);
      return done;
    },
    dropRefreshToken: async () => await keychain.remove(ITEM),
  };
}

/** Fills the bytes with zeros. */
function readItem(bytes: Uint8Array): z.infer<typeof itemSchema> | null {
  try {
    return itemSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch {
    // What was thrown may quote the token.
    return null;
  } finally {
    bytes.fill(0);
  }
}
