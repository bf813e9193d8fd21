// expect: daypass(folder-boundaries)
import { list } from '../cli/list.ts';
export const listed = list;
