// Each log in itself: no gap in its sequence, the tree that its own device signed, and the ledger's word for exactly
// that tree.
import { openCheckpoint } from '#shared/audit/checkpoint.ts';
import { readPublicKey } from '#shared/audit/log-key.ts';
import { appendLeaves, EMPTY_FRONTIER, leafHash, rootOf } from '#shared/audit/merkle.ts';
import type { StoredEpoch, StoredLogs, StoredRecord } from './stored-logs.ts';

export type EpochsFound = { readonly gaps: readonly string[]; readonly faults: readonly string[] };

export function checkEpochs({ ledger, ledgerState, waiting, desktops, epochs }: StoredLogs): EpochsFound {
  const byEpoch = Map.groupBy(desktops, nameOf);
  const gaps = gapsIn('the ledger', ledger, ledgerState.size);
  const faults: string[] = waiting === 0 ? [] : [`${waiting} records wait for their place in the ledger`];
  const cosigned = lastAppended(ledger);
  for (const epoch of epochs) {
    const name = nameOf(epoch);
    const records = byEpoch.get(name) ?? [];
    byEpoch.delete(name);
    gaps.push(...gapsIn(name, records, epoch.size));
    faults.push(...faultsIn(name, epoch, records));
    if (cosigned.get(name) !== `${epoch.size} ${epoch.root}`)
      faults.push(
        `the ledger's last word for ${name} is ${cosigned.get(name) ?? 'none'}, it has ${epoch.size} records`,
      );
  }
  for (const name of byEpoch.keys()) faults.push(`${name} has records and no head`);
  return { gaps, faults };
}

function nameOf({ origin, epoch }: { readonly origin: string; readonly epoch: number }): string {
  return `${origin} epoch ${epoch}`;
}

function gapsIn(name: string, records: readonly StoredRecord[], size: number): string[] {
  const gaps: string[] = [];
  let wanted = 0;
  for (const { sequence } of records) {
    if (sequence !== wanted) gaps.push(`${name}: ${wanted} is missing before ${sequence}`);
    wanted = sequence + 1;
  }
  if (wanted !== size) gaps.push(`${name}: ends with ${wanted}, its head says ${size}`);
  return gaps;
}

function faultsIn(
  name: string,
  { origin, size, root, checkpoint, publicKey }: StoredEpoch,
  records: readonly StoredRecord[],
): string[] {
  const key = readPublicKey(publicKey);
  if (key === null) return [`${name}: no key`];
  const signed = openCheckpoint(checkpoint, key);
  if (!signed.ok) return [`${name}: its checkpoint does not hold: ${signed.error}`];
  const leaves = records.map(({ canonical }) => leafHash(Buffer.from(canonical)));
  const tree = rootOf(appendLeaves(EMPTY_FRONTIER, leaves));
  const is = { origin: signed.value.origin, size: signed.value.size, root: signed.value.root.toString('base64') };
  const faults: string[] = [];
  if (is.origin !== origin || is.size !== size || is.root !== root)
    faults.push(`${name}: its head is not what was signed`);
  if (!tree.equals(signed.value.root)) faults.push(`${name}: its records are not what was signed`);
  return faults;
}

const APPENDED = /"event_code":"audit\.(?:appended|epoch_opened)"/;

/** By epoch: the size and root that the ledger says were accepted last. */
function lastAppended(ledger: readonly StoredRecord[]): ReadonlyMap<string, string> {
  const last = new Map<string, string>();
  for (const { canonical } of ledger) {
    if (!APPENDED.test(canonical)) continue;
    // Written by the broker, and the tree over it is checked with its export.
    const { unmapped } = JSON.parse(canonical) as {
      unmapped: { data: { origin: string; epoch: number; size: number; root: string } };
    };
    const { size, root } = unmapped.data;
    last.set(nameOf(unmapped.data), `${size} ${root}`);
  }
  return last;
}
