// Whether a request was an emergency.
import type { RequestRow } from '#broker/access/tables.ts';

export function isBreakGlass(request: RequestRow): boolean {
  return 'break_glass' in request && request['break_glass'] === 1;
}
