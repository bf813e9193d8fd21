// The logs of a team as an auditor has them: the desktop's as its person exports it, the ledger as an administrator
// reads it over the API. Both are verified, and put into words of one form.
import path from 'node:path';
import type { BrokerClient } from '#shared/client/broker-client.ts';
import { keepLedger } from '../../../../build/demo/team-ledger.ts';
import { must } from '../knock.ts';
import { readLog, type Logs } from '../outside.ts';
import type { Seat } from './use-team.ts';

/** Rejects when one of them does not verify. */
export async function teamLogs({ desk, page }: Seat, admin: BrokerClient, name: string): Promise<Logs> {
  const folder = path.join(desk.scratch, `export-${name}`);
  await desk.app.answerDialog({ open: [folder] });
  await must(page, 'export-log', null);
  const ledger = path.join(folder, 'ledger');
  await keepLedger(admin, ledger);
  return { desktop: await readLog(path.join(folder, 'desktop')), ledger: await readLog(ledger) };
}
