// A log that keeps its lines, for tests to read.
import type { Log } from '#electron/agent/ports.ts';
import { createLog } from '#electron/shell/log.ts';

export function keepingLog(): { readonly log: Log; readonly lines: string[] } {
  const lines: string[] = [];
  return { log: createLog((line) => lines.push(line)), lines };
}
