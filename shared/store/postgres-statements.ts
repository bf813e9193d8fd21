// Names for statements that come again, so that PostgreSQL parses and plans each once a connection.
// A pooler between that hands connections on after each transaction must know prepared statements (PgBouncer from 1.21).

/** Statements whose length varies, as lists do, would else fill the server's memory. */
const MOST = 400;

/** One set for one pool. Gives the statement's name, or null for one that is better sent whole. */
export function nameStatements(): (text: string) => string | null {
  const names = new Map<string, string>();
  return (text) => {
    const known = names.get(text);
    if (known !== undefined) return known;
    if (names.size >= MOST) return null;
    const name = `daypass_${names.size + 1}`;
    names.set(text, name);
    return name;
  };
}
