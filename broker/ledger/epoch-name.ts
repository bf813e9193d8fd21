// The names of a ledger. It begins under the thumbprint of its first key; each restore goes on under that name with the
// epoch and eight random characters, so that the same backup restored twice never signs two trees under one name. A
// change of keys changes no name.
import { random128 } from '#shared/audit/random.ts';

const NAME = /^(daypass\.ledger\/[A-Za-z0-9_-]{43})(?:\/([1-9]\d{0,8})\.[A-Za-z0-9_-]{8})?$/;

export type LedgerName = { readonly first: string; readonly epoch: number };

export function firstLedgerOrigin(thumbprint: string): string {
  return `daypass.ledger/${thumbprint}`;
}

/** `first`: the name that the ledger began under. */
export function laterLedgerOrigin(first: string, epoch: number): string {
  return `${first}/${epoch}.${random128().slice(0, 8)}`;
}

/** What a name says, or null when it is no ledger's. */
export function readLedgerName(origin: string): LedgerName | null {
  const [, first, epoch = '1'] = NAME.exec(origin) ?? [];
  return first === undefined ? null : { first, epoch: Number(epoch) };
}
