// expect: daypass(folder-boundaries)
import type { Access } from '../../broker/access.ts';
export type Kept = Access;
