// Why a ledger will not open. Never repaired in silence: somebody must look.

export type LedgerErrorCode = 'another_key' | 'another_origin' | 'damaged' | 'another_writer' | 'empty' | 'closed';

export class LedgerError extends Error {
  override readonly name = 'LedgerError';
  readonly code: LedgerErrorCode;

  constructor(code: LedgerErrorCode, message: string) {
    super(`ledger: ${message}`);
    this.code = code;
  }
}
