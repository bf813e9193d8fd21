// expect: daypass(capability-owner)
import { spawn } from 'node:child_process';
export const start = spawn;
