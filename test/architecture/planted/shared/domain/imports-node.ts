// expect: daypass(folder-boundaries)
import { join } from 'node:path';
export const where = join('a', 'b');
