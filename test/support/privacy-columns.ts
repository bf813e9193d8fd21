// The table of columns in docs/privacy.md, as data.
import { readFileSync } from 'node:fs';

export type PrivacyColumn = {
  readonly where: 'broker' | 'desktop' | 'both';
  readonly table: string;
  readonly column: string;
  readonly kind: string;
};

const DOCUMENT = new URL('../../docs/privacy.md', import.meta.url);
const CLASSES = ['name', 'words', 'login', 'address', 'sealed', 'pseudonym', 'technical'];

/** Throws for a row that is not of the table's form. */
export function privacyColumns(): readonly PrivacyColumn[] {
  const rows = readFileSync(DOCUMENT, 'utf8').matchAll(
    /^\| (broker|desktop|both) \| `(\w+)` \| (.+?) \| (\w+) \|.+$/gm,
  );
  return [...rows].flatMap(([line, where, table = '', columns = '', kind = '']) => {
    if (!CLASSES.includes(kind)) throw new Error(`docs/privacy.md: no class in ${line}`);
    // The expression lets no other word through.
    const place = where as PrivacyColumn['where'];
    return [...columns.matchAll(/`(\w+)`/g)].map(([, column = '']) => ({ where: place, table, column, kind }));
  });
}

/** `table.column` of those at this place that are of one of these classes. */
export function columnsOfClass(where: 'broker' | 'desktop', ...kinds: readonly string[]): ReadonlySet<string> {
  const there = privacyColumns().filter((each) => each.where === where || each.where === 'both');
  return new Set(there.filter(({ kind }) => kinds.includes(kind)).map(({ table, column }) => `${table}.${column}`));
}
