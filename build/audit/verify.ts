// `npm run audit -- verify DIR`: is this export what was signed? Says so, or names the first bad record.
import { parseArgs } from 'node:util';
import { diagnoseExport } from '#shared/audit/diagnose-export.ts';
import { verifyChain } from '#shared/audit/verify-chain.ts';
import { verifyExport } from '#shared/audit/verify-export.ts';
import { readFingerprint, readKept, WrongUse } from './arguments.ts';
import { chainRefusal, chainWords } from './chain-words.ts';
import { refusal, verdict } from './words.ts';

/** Gives the exit code: 0 verified, or consistent where no key from outside was given; 1 refused. Throws WrongUse. */
export async function runVerify(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { key: { type: 'string' }, since: { type: 'string' }, json: { type: 'boolean', default: false } },
  });
  const [folder, ...more] = positionals;
  if (folder === undefined || more.length > 0) throw new WrongUse('verify takes one folder');
  const keyFingerprint = readFingerprint(values.key);
  const sinceCheckpoint = await readKept('--since', values.since);
  const result = await verifyExport({
    folder,
    ...(keyFingerprint !== undefined && { keyFingerprint }),
    ...(sinceCheckpoint !== undefined && { sinceCheckpoint }),
  });
  if (result.ok) {
    const chain = await verifyChain(folder, result.value);
    if (!chain.ok) {
      const says = chainRefusal(chain.error);
      if (values.json) console.log(JSON.stringify({ ok: false, problem: chain.error, says: [says] }));
      else console.error(`refused: ${says}`);
      return 1;
    }
    const lines = [...verdict(result.value), ...chainWords(chain.value)];
    const told = { ok: true, ...result.value, epochs: chain.value, says: lines };
    console.log(values.json ? JSON.stringify(told) : lines.join('\n  '));
    return 0;
  }
  const diagnosis = await diagnoseExport(folder, result.error);
  const says = refusal(result.error, diagnosis);
  if (values.json) console.log(JSON.stringify({ ok: false, problem: result.error, diagnosis, says: [says] }));
  else console.error(`refused: ${says}`);
  return 1;
}
