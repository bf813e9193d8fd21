// The names of a ledger. It begins under its key's thumbprint; each restore goes on under that name with the epoch and
// eight random characters, so that the same backup restored twice never signs two trees under one name.
import { random128 } from '#shared/audit/random.ts';

const LATER = /^\/([1-9]\d{0,8})\.[A-Za-z0-9_-]{8}$/;

export function firstLedgerOrigin(thumbprint: string): string {
  return `daypass.ledger/${thumbprint}`;
}

export function laterLedgerOrigin(thumbprint: string, epoch: number): string {
  return `${firstLedgerOrigin(thumbprint)}/${epoch}.${random128().slice(0, 8)}`;
}

/** The epoch that a name stands for, or null when it is no name of this ledger. */
export function epochOfOrigin(origin: string, thumbprint: string): number | null {
  const first = firstLedgerOrigin(thumbprint);
  if (origin === first) return 1;
  const [, epoch] = (origin.startsWith(first) ? LATER.exec(origin.slice(first.length)) : null) ?? [];
  return epoch === undefined ? null : Number(epoch);
}
