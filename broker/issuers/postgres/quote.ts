// Names and texts inside of statements that take no parameters. Everything that enters such a statement goes through here.

/** A name as PostgreSQL reads it to the letter (section 4.1.1 of its manual). */
export function quoteName(name: string): string {
  if (name === '' || name.includes('\u0000')) throw new RangeError('not a name');
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as a literal; right whatever `standard_conforming_strings` says. */
export function quoteText(text: string): string {
  if (text.includes('\u0000')) throw new RangeError('not a text');
  const quoted = text.replaceAll("'", "''");
  return quoted.includes('\\') ? ` E'${quoted.replaceAll('\\', '\\\\')}'` : `'${quoted}'`;
}
