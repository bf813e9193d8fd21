// expect: daypass(folder-boundaries)
import { tree } from '#shared/audit/tree.ts';
export const seen = tree;
