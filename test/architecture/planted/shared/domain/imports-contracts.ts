// expect: nothing
import type { Allowed } from '../contracts/imports-domain.ts';
export type Seen = Allowed;
