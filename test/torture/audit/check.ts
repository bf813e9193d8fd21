// After an audit torture: holds the journals that lie outside against what is in the ledger and its desktops' logs.
// Everything is read from the disks as the dead left them, by SQL and by the verifier, not by the parts that wrote it.
import { verifyExport } from '#shared/audit/verify-export.ts';
import { checkEpochs } from './check-epochs.ts';
import { checkSinks } from './check-sinks.ts';
import { checkNotes } from './check-notes.ts';
import { checkNumbers, type NumbersFound } from './check-numbers.ts';
import { checkClaims } from './check-claims.ts';
import type { Kept } from './kept.ts';

export type Findings = NumbersFound & {
  readonly records: number;
  readonly epochs: number;
  readonly gaps: readonly string[];
  /** What the broker acknowledged and does not have. */
  readonly unkept: readonly string[];
  /** What never came to a sink. */
  readonly undelivered: readonly string[];
  readonly faults: readonly string[];
};

export async function checkAudit(kept: Kept): Promise<Findings> {
  const { stored } = kept;
  const numbers = checkNumbers(kept);
  const { gaps, faults } = checkEpochs(stored);
  const exported: string[] = [];
  for (const { name, folder, fingerprint } of kept.exports) {
    const verified = await verifyExport({ folder, keyFingerprint: fingerprint });
    if (!verified.ok) exported.push(`the export of ${name}: ${JSON.stringify(verified.error)}`);
    else if (verified.value.verdict !== 'verified') exported.push(`the export of ${name} is not verified`);
  }
  return {
    ...numbers,
    records: stored.ledger.length + stored.desktops.length,
    epochs: stored.epochs.length,
    gaps,
    unkept: checkClaims(kept),
    undelivered: checkSinks(kept.delivered),
    faults: [...faults, ...checkNotes(kept), ...exported],
  };
}
