// The small words of the catalog file that its parts share.
import { z } from 'zod';
import { parseDuration } from '../domain/time.ts';

export const name = z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/, 'a lower-case name');

export const durationSchema = z.string().transform((text, context) => {
  const parsed = parseDuration(text);
  if (parsed.ok && parsed.value > 0) return parsed.value;
  context.addIssue({ code: 'custom', message: 'an ISO 8601 duration such as PT30M or P1D, longer than nothing' });
  return z.NEVER;
});

/** A secret is named, never written: `file:PATH`, `env:NAME` or `keychain:NAME`. */
export const secretReferenceSchema = z
  .string()
  .regex(/^(?:file:.+|env:[A-Z_][A-Z0-9_]*|keychain:.+)$/, 'a reference: file:PATH, env:NAME or keychain:NAME');

/** A token names all its actions, and a token's length is limited. */
const MAX_ACTION_CHARACTERS = 125;

/** The actions of a resource, each with what it gives. */
export function actionsOf<S extends z.ZodType>(gives: S) {
  return z
    .record(name, gives)
    .refine((actions) => Object.keys(actions).length > 0, { message: 'at least one action' })
    .refine((actions) => JSON.stringify(Object.keys(actions)).length <= MAX_ACTION_CHARACTERS, {
      message: `the names of all actions together must fit into ${MAX_ACTION_CHARACTERS} characters of JSON`,
    });
}
