// The filters that directories look an account up with (RFC 7644 section 3.4.2.2): equality of one attribute.
import { err, ok, type Result } from '#shared/domain/result.ts';

export type ScimFilter = { readonly attribute: 'userName' | 'externalId' | 'id'; readonly value: string };

const FILTER =
  /^\s*(?:urn:ietf:params:scim:schemas:core:2\.0:User:)?(userName|externalId|id)\s+eq\s+("(?:[^"\\]|\\.)*")\s*$/i;
const ATTRIBUTES = { username: 'userName', externalid: 'externalId', id: 'id' } as const;

/** Refuses every other filter: ignoring one would answer with accounts that were not asked for. */
export function readFilter(text: string): Result<ScimFilter, 'invalid_filter'> {
  const [, name, literal] = FILTER.exec(text) ?? [];
  if (name === undefined || literal === undefined) return err('invalid_filter');
  const attribute = ATTRIBUTES[name.toLowerCase() as keyof typeof ATTRIBUTES];
  try {
    const value: unknown = JSON.parse(literal);
    return typeof value === 'string' ? ok({ attribute, value }) : err('invalid_filter');
  } catch {
    return err('invalid_filter');
  }
}
