// expect: daypass(folder-boundaries)
import type { Store } from '../store/store.ts';
export type Kept = Store;
