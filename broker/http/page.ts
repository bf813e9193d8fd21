// Where a page of a newest-first list ends. It says all that the next page needs, so that no id is looked up:
// a list must not tell whether somebody else's id exists.
import type { EpochMs } from '#shared/domain/time.ts';

export type PageEnd = { readonly atMs: EpochMs; readonly id: string };

/** Reads what `writePageEnd` wrote; the schema of the query has checked its form. */
export function readPageEnd(text: string): PageEnd {
  const dot = text.indexOf('.');
  return { atMs: Number(text.slice(0, dot)), id: text.slice(dot + 1) };
}

export function writePageEnd({ atMs, id }: PageEnd): string {
  return `${atMs}.${id}`;
}
