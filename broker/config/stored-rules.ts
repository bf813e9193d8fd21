// The rules in force as the store has them, for every replica. Reads only.
import { z } from 'zod';
import type { Reader } from '#broker/store.ts';
import { readEntries } from './in-force.ts';
import type { Hashes } from './diff.ts';
import type { Part, RulesTexts } from './load-rules.ts';

const source = z.object({ file: z.string(), text: z.string() });
const textsSchema = z.object({
  catalog: source,
  policies: z.object({ sources: z.array(source), fileHashes: z.record(z.string(), z.string()) }),
});

/** Of our own writing. Throws when it is of a version that writes it otherwise. */
export function readTexts(text: string): RulesTexts {
  return textsSchema.parse(JSON.parse(text));
}

/** The hash of what is in force, null before anything ever was. Cheap: asked often. */
export async function hashInForce(db: Reader): Promise<string | null> {
  const row = await db
    .selectFrom('config_contents')
    .select('content_hash')
    .where('id', '=', 'rules')
    .executeTakeFirst();
  return row?.content_hash ?? null;
}

export type StoredRules = { readonly hash: string; readonly texts: string };

export async function rulesInForce(db: Reader): Promise<StoredRules | null> {
  const row = await db
    .selectFrom('config_contents')
    .select(['content_hash', 'texts'])
    .where('id', '=', 'rules')
    .executeTakeFirst();
  return row === undefined ? null : { hash: row.content_hash, texts: row.texts };
}

export async function entriesInForce(db: Reader): Promise<ReadonlyMap<Part, Hashes>> {
  const rows = await db.selectFrom('config_in_force').select(['part', 'entries']).execute();
  return new Map(
    rows.flatMap(({ part, entries }) => (part === 'identity' ? [] : [[part, readEntries(entries)] as const])),
  );
}

/** What two people agreed to and no replica has the files for yet. */
export async function agreedHashes(db: Reader): Promise<ReadonlySet<string>> {
  const rows = await db.selectFrom('held_changes').select('content_hash').where('state', '=', 'agreed').execute();
  return new Set(rows.map(({ content_hash }) => content_hash));
}

/** Whether these rules were in force before those that are. */
export async function isSuperseded(db: Reader, contentHash: string): Promise<boolean> {
  const row = await db
    .selectFrom('config_superseded')
    .select('content_hash')
    .where('content_hash', '=', contentHash)
    .executeTakeFirst();
  return row !== undefined;
}
