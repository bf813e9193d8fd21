// A PostgreSQL database in the catalog: where it is, who makes logins there, and what each action gives to a login.
import { z } from 'zod';
import { MINUTE_MS } from '../domain/time.ts';
import { actionsOf, durationSchema, secretReferenceSchema } from './catalog-words.ts';

/** PostgreSQL cuts longer names silently, so that another thing would be meant. */
const MAX_NAME_BYTES = 63;

/** Any name that PostgreSQL has: it is quoted wherever it goes. */
const identifier = z
  .string()
  .min(1)
  // oxlint-disable-next-line no-control-regex -- the one character that no name has
  .refine((text) => text.isWellFormed() && !/\u0000/.test(text) && utf8Bytes(text) <= MAX_NAME_BYTES, {
    error: `a name of at most ${MAX_NAME_BYTES} bytes`,
  });

function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/** Server-side files, programs and other people's sessions come with PostgreSQL's own roles. */
const roleSchema = identifier.refine((text) => !text.startsWith('pg_'), { error: "not one of PostgreSQL's own roles" });

const givesSchema = z.union(
  [
    /** Membership of a role that somebody has made for it: its privileges, without becoming it. */
    z.strictObject({ role: roleSchema }),
    z.strictObject({
      privileges: z.array(z.enum(['SELECT', 'INSERT', 'UPDATE', 'DELETE'])).min(1),
      schema: identifier.default('public'),
      tables: z.union([z.literal('all'), z.array(identifier).min(1)], { error: 'all, or a list of tables' }),
    }),
  ],
  { error: 'role: NAME, or privileges, schema and tables' },
);

export const databaseActionsSchema = actionsOf(z.array(givesSchema).min(1));

const databaseFields = {
  host: z.string().regex(/^(?:[A-Za-z0-9.-]+|[0-9A-Fa-f:.]+)$/, 'a host name or an address'),
  port: z.int().min(1).max(65_535).default(5432),
  name: identifier,
  /** A login that may create roles and hand on what the actions give. No superuser is needed. */
  admin: z.strictObject({ user: identifier, password: secretReferenceSchema }),
  /** For the broker and for whoever gets a login. */
  sslmode: z.enum(['disable', 'require', 'verify-ca', 'verify-full']).default('verify-full'),
  /** Open connections of one login. */
  connections: z.int().min(1).max(100).default(4),
  /** What a statement may take, unless its session says otherwise. */
  statementTimeout: durationSchema.default(10 * MINUTE_MS),
} as const;

export const databaseSchema = z
  .strictObject(databaseFields)
  .refine(({ host, sslmode }) => sslmode.startsWith('verify-') || /^(?:127\.|::1$|localhost$)/.test(host), {
    path: ['sslmode'],
    error: 'must verify who the database is: verify-full',
  });

/** What an action gives: a role's privileges, or privileges on tables. */
export type DatabaseGives = Readonly<z.output<typeof givesSchema>>;
export type DatabaseServer = Readonly<
  Pick<z.output<typeof databaseSchema>, 'host' | 'port' | 'name' | 'admin' | 'sslmode'>
>;
export type Database = Readonly<z.output<typeof databaseSchema>> & {
  readonly actions: Readonly<Record<string, readonly DatabaseGives[]>>;
};
