// Both logs into one folder, as their verifier reads them: `desktop/`, and `ledger/` where the broker is embedded.
import { join } from 'node:path';
import type { CommandProblem } from '#shared/contracts/desktop/commands.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import { problemOf } from './problem-words.ts';
import type { SessionDeps } from './session/session-deps.ts';

/** Gives the number of records of the desktop's log. Refused when either could not be written whole. */
export async function exportLogs(
  { outbox, host, log }: SessionDeps,
  folder: string,
): Promise<Result<{ readonly records: number }, CommandProblem>> {
  try {
    const records = await outbox.exportTo(join(folder, 'desktop'));
    await host.exportLedger?.(join(folder, 'ledger'));
    return ok({ records });
  } catch (error) {
    log.trouble('export the logs', error);
    return err(problemOf('export_failed'));
  }
}
