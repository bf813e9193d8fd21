// expect: daypass(folder-boundaries)
export type { Store } from '#shared/store/store.ts';
