// One byte range of a representation, and whether the caller's copy is still good (RFC 9110 sections 13 and 14).
// Several ranges at once are ignored, as the standard allows: they only serve to make answers larger.

export type Range = { readonly first: number; readonly last: number };
export type RangeChoice =
  | { readonly kind: 'whole' }
  | { readonly kind: 'part'; readonly range: Range }
  | { readonly kind: 'unsatisfiable' };

const WHOLE: RangeChoice = { kind: 'whole' };

/** Chooses what a `Range` header (or none) means for a file of `size` bytes. */
export function chooseRange(header: string | undefined, size: number): RangeChoice {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '');
  if (match === null) return WHOLE;
  const [, from = '', to = ''] = match;
  if (from === '' && to === '') return WHOLE;
  if (from === '') {
    const length = Math.min(Number(to), size);
    return length === 0 ? { kind: 'unsatisfiable' } : { kind: 'part', range: { first: size - length, last: size - 1 } };
  }
  const first = Number(from);
  const last = to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (to !== '' && Number(to) < first) return WHOLE;
  return first >= size ? { kind: 'unsatisfiable' } : { kind: 'part', range: { first, last } };
}

/** True when `If-None-Match` names this entity tag (weak comparison), so that 304 is the answer. */
export function matchesEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  const tags = header.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(etag);
}

/** True when a range may be served: no `If-Range`, or one that names exactly this entity tag (strong comparison). */
export function isRangeCurrent(ifRange: string | undefined, etag: string): boolean {
  return ifRange === undefined || ifRange.trim() === etag;
}
