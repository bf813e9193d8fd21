// expect: daypass(folder-boundaries)
import type { Store } from '#shared/store/store.ts';
export type Kept = Store;
