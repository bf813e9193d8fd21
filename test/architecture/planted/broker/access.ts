// expect: nothing
import type { Store } from '#shared/store/store.ts';
export type Access = Store;
