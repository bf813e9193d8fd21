// Random ids: 128 bits in base64url behind a prefix that says what they name.
import { randomBytes } from 'node:crypto';

export type IdPrefix = 'sub' | 'req' | 'apr' | 'grt' | 'crd' | 'use' | 'evt' | 'key';

export function newId(prefix: IdPrefix): string {
  return `${prefix}_${randomBytes(16).toString('base64url')}`;
}
