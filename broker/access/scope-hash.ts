// The hash that an approver sees and answers to: SHA-256 (hex) over the scope's canonical JSON (RFC 8785).
import { createHash } from 'node:crypto';
import { canonicalJson } from '#shared/audit/canonical.ts';
import { scopeDocument, type Scope } from '#shared/domain/scope.ts';

export function scopeHash(scope: Scope): string {
  return createHash('sha256')
    .update(canonicalJson(scopeDocument(scope)))
    .digest('hex');
}
