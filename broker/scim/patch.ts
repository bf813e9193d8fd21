// What a PATCH means for an account (RFC 7644 section 3.5.2). Attributes that the broker does not keep are passed over,
// since directories send all that they have.
import { scimActiveSchema, scimUserNameSchema, type ScimPatchBody } from '#shared/contracts/scim-api.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';

export type ScimChanges = { readonly active?: boolean; readonly userName?: string; readonly externalId?: string };
export type PatchFault = 'invalid_value' | 'invalid_syntax';

export function readPatch({ Operations }: ScimPatchBody): Result<ScimChanges, PatchFault> {
  let changes: ScimChanges = {};
  for (const { op, path, value } of Operations) {
    const kind = op.toLowerCase();
    if (kind !== 'add' && kind !== 'replace' && kind !== 'remove') return err('invalid_syntax');
    const said = path === undefined ? value : { [path]: value };
    // Taking `active` or a name away would leave open whether somebody may come in.
    if (kind === 'remove') {
      if (path === undefined || isKept(path)) return err('invalid_value');
      continue;
    }
    const read = readAttributes(said);
    if (!read.ok) return read;
    changes = { ...changes, ...read.value };
  }
  return ok(changes);
}

function isKept(path: string): boolean {
  return ['active', 'username', 'externalid'].includes(plain(path));
}

/** Names of attributes are compared without regard to case, and may be spelled out (RFC 7643 section 2.1). */
function plain(path: string): string {
  return path.toLowerCase().replace('urn:ietf:params:scim:schemas:core:2.0:user:', '');
}

function readAttributes(said: unknown): Result<ScimChanges, PatchFault> {
  if (typeof said !== 'object' || said === null || Array.isArray(said)) return err('invalid_syntax');
  let changes: ScimChanges = {};
  for (const [name, value] of Object.entries(said)) {
    const attribute = plain(name);
    if (!isKept(attribute)) continue;
    if (attribute === 'active') {
      const active = scimActiveSchema.safeParse(value);
      if (!active.success) return err('invalid_value');
      changes = { ...changes, active: active.data };
      continue;
    }
    const text = scimUserNameSchema.safeParse(value);
    if (!text.success) return err('invalid_value');
    changes = { ...changes, ...(attribute === 'username' ? { userName: text.data } : { externalId: text.data }) };
  }
  return ok(changes);
}
