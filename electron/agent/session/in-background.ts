// Runs what nobody waits for: its failure goes to the log, never into nothing and never to the process.
import type { Log } from '../ports.ts';

export function inBackground(log: Log, what: string, run: () => Promise<unknown>): void {
  run().catch((error: unknown) => log.trouble(what, error));
}
