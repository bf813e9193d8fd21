// expect: daypass(capability-owner)
import { env } from 'node:process';
export const home = env['HOME'];
