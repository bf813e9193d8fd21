// `npm run audit -- export`: a log, or what it says of a time range, into a folder that anybody can verify. Reads only:
// from a database, also while its owner runs, or from a whole export. Needs no private key.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readUnverified } from '#shared/audit/checkpoint.ts';
import { diagnoseExport } from '#shared/audit/diagnose-export.ts';
import type { TimeRange } from '#shared/audit/export-range.ts';
import { sliceExport } from '#shared/audit/slice-export.ts';
import { verifyChain } from '#shared/audit/verify-chain.ts';
import { verifyExport } from '#shared/audit/verify-export.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import { countPruned } from '#shared/log/record-reading.ts';
import {
  exportStored,
  type NotExportable,
  readStoredLog,
  type StoredLog,
  type StoredLogPlace,
} from '#shared/log/stored-export.ts';
import { readKept, readTime, WrongUse } from './arguments.ts';
import { openStoredLog, type Place } from './stored-logs.ts';
import { chainRefusal, chainWords } from './chain-words.ts';
import { exportDesktops, exportEarlier } from './earlier-epochs.ts';
import { refusal, verdict } from './words.ts';

/** Gives the exit code: 0 written and verified; 1 not. Throws WrongUse. */
export async function runExport(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      config: { type: 'string' },
      data: { type: 'string' },
      'from-export': { type: 'string' },
      to: { type: 'string' },
      log: { type: 'string', default: 'ledger' },
      from: { type: 'string' },
      until: { type: 'string' },
      since: { type: 'string' },
      pem: { type: 'string' },
    },
  });
  const { to, log } = values;
  if (to === undefined || to === '') throw new WrongUse('--to says where the export goes');
  if (log !== 'ledger' && log !== 'desktop' && log !== 'desktops')
    throw new WrongUse('--log is ledger, desktop, or desktops: those that sent to this broker');
  const sinceCheckpoint = await readKept('--since', values.since);
  const wanted = { folder: resolve(to), range: rangeOf(values), splits: splitsOf(sinceCheckpoint) };
  const from = values['from-export'];
  if (log === 'desktops') {
    if (wanted.range !== null || wanted.splits.length > 0 || from !== undefined)
      throw new WrongUse('--log desktops exports whole logs out of a broker’s database');
    return await exportAllDesktops(placeOf(values), wanted.folder);
  }
  const written =
    from === undefined
      ? await fromStore({ log, ...placeOf(values) }, wanted, (await readKept('--pem', values.pem)) ?? null)
      : await fromExport(resolve(from), wanted);
  if (!written.ok) {
    console.error(written.error);
    return 1;
  }
  return await told(wanted.folder, { ...written.value, ...(sinceCheckpoint !== undefined && { sinceCheckpoint }) });
}

type Wanted = { readonly folder: string; readonly range: TimeRange | null; readonly splits: readonly number[] };
type Values = { readonly from?: string | undefined; readonly until?: string | undefined };

function rangeOf({ from, until }: Values): TimeRange | null {
  const [fromMs, untilMs] = [readTime('--from', from), readTime('--until', until)];
  if (fromMs === null && untilMs === null) return null;
  if (fromMs !== null && untilMs !== null && fromMs >= untilMs) throw new WrongUse('--from is before --until');
  return { fromMs, untilMs };
}

/** Only its size is used here: whether it holds is asked when the export is verified. */
function splitsOf(note: string | undefined): readonly number[] {
  if (note === undefined) return [];
  const kept = readUnverified(note);
  if (kept === null) throw new WrongUse('--since is no checkpoint');
  return [kept.size];
}

function placeOf({
  config,
  data,
}: {
  readonly config?: string | undefined;
  readonly data?: string | undefined;
}): Place {
  if (config === undefined && data === undefined) throw new WrongUse('--config, --data or --from-export says of what');
  return {
    configFile: config === undefined ? null : resolve(config),
    dataFolder: data === undefined ? null : resolve(data),
  };
}

const NOT_EXPORTABLE: Readonly<Record<NotExportable, string>> = {
  empty: 'nothing was ever signed there',
  no_public_key: 'the public key is not stored there: start the program once in this version, or give it with --pem',
  bad_checkpoint: 'the stored checkpoint does not hold: it was changed from outside of the program',
};

/** What is known of the log from its database; words for whoever asked when nothing was written. */
type Known = { readonly keyFingerprint?: string };
type Written = Result<Known, string>;

async function fromStore(
  of: Place & { readonly log: 'ledger' | 'desktop' },
  wanted: Wanted,
  pem: string | null,
): Promise<Written> {
  const opened = await openStoredLog(of);
  if (!opened.ok) return opened;
  const { close, ...log } = opened.value;
  try {
    const stored = await exportSteady(log, wanted, pem);
    if (!stored.ok) return err(NOT_EXPORTABLE[stored.error]);
    if (of.log === 'desktop' && wanted.range === null) {
      const { skipped } = await exportEarlier(log.db, wanted.folder, stored.value);
      for (const one of skipped) console.error(`not written: ${one}, its key is not stored there`);
    }
    return ok({ keyFingerprint: stored.value.fingerprint });
  } finally {
    await close();
  }
}

/** What is pruned while it is written is not in the log yet that goes with it: then it is written again. */
async function exportSteady(
  log: StoredLogPlace,
  wanted: Wanted,
  pem: string | null,
): Promise<Result<StoredLog, NotExportable>> {
  for (;;) {
    const pruned = await countPruned(log.db, log.tables, -1);
    const stored = await readStoredLog(log, pem);
    if (!stored.ok) return stored;
    await exportStored(log, stored.value, wanted);
    if ((await countPruned(log.db, log.tables, -1)) === pruned) return stored;
  }
}

/** Gives the exit code: 0 all of them verify. */
async function exportAllDesktops(place: Place, folder: string): Promise<number> {
  const opened = await openStoredLog({ ...place, log: 'ledger' });
  if (!opened.ok) {
    console.error(opened.error);
    return 1;
  }
  const { close, db } = opened.value;
  try {
    const codes: number[] = [];
    for (const one of await exportDesktops(db, folder)) codes.push(await told(one, {}));
    if (codes.length === 0) console.log('no desktop ever sent a record there');
    return Math.max(0, ...codes);
  } finally {
    await close();
  }
}

async function fromExport(from: string, { range, ...wanted }: Wanted): Promise<Written> {
  if (range === null) throw new WrongUse('--from-export needs --from or --until: a whole one is there already');
  if (from === wanted.folder) throw new WrongUse('--to is another folder than --from-export');
  const sliced = await sliceExport({ from, range, ...wanted });
  return sliced.ok ? ok({}) : err(`${from} is not an export of a whole log`);
}

/** What was written counts only once it verifies. */
async function told(folder: string, known: Known & { readonly sinceCheckpoint?: string }): Promise<number> {
  const verified = await verifyExport({ folder, ...known });
  if (!verified.ok) {
    const words = refusal(verified.error, await diagnoseExport(folder, verified.error));
    console.error(`written to ${folder}, but it does not verify: ${words}`);
    return 1;
  }
  const chain = await verifyChain(folder, verified.value);
  if (!chain.ok) {
    console.error(`written to ${folder}, but it does not verify: ${chainRefusal(chain.error)}`);
    return 1;
  }
  console.log([`written to ${folder}`, ...verdict(verified.value), ...chainWords(chain.value)].join('\n  '));
  return 0;
}
