// Tables of oversight: what went through the gateway for each grant that is over, what was unusual about it, and the
// changes that wait for two people.
import type { Deviation } from '#shared/contracts/desktop/oversight.ts';

export type GrantUseRow = {
  grant_id: string;
  uses: number;
  bytes_out: number;
  last_used_at_ms: number | null;
};

export type FindingRow = {
  id: string;
  grant_id: string;
  deviation: Deviation;
  /** JSON: numbers and names, no words of people. */
  facts: string;
  raised_at_ms: number;
  answer: 'open' | 'cleared' | 'follow_up';
  answered_by: string | null;
  answered_at_ms: number | null;
  note: string | null;
};

export type OversightTables = { grant_uses: GrantUseRow; findings: FindingRow };
