// Random ids: 128 bits in base64url behind a prefix that says what they name. For what is shown to people and kept in
// logs; never for keys.
import { random128 } from '#shared/audit/random.ts';

export type IdPrefix = 'sub' | 'req' | 'apr' | 'grt' | 'crd' | 'use' | 'key' | 'rep' | 'fnd' | 'chg' | 'hld' | 'era';

export function newId(prefix: IdPrefix): string {
  return `${prefix}_${random128()}`;
}
