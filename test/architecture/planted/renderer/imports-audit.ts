// expect: daypass(folder-boundaries)
import { tree } from '#shared/audit/tree.ts';
export const used = tree;
