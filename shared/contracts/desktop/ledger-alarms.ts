// The alarms about the broker's ledger that a person may end by going on from the ledger as it is now. All others end
// when their cause does.

export const LEDGER_ALARMS = [
  'another_key',
  'not_signed',
  'another_ledger',
  'smaller',
  'forked',
  'inconsistent',
  /** It lost records that cannot be given again: their bodies were pruned here after it had them. */
  'records_lost',
] as const;

/** Why a ledger is not the one that was kept, grown. */
export type LedgerAlarm = (typeof LEDGER_ALARMS)[number];

/** Whether the code of an alarm is one that a person may end. */
export function isLedgerAlarm(code: string): code is LedgerAlarm {
  return LEDGER_ALARMS.some((alarm) => alarm === code);
}
