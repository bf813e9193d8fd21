// Whether a call was the one that its grant was for. A caller who has what it came for, or whose order the upstream has,
// cannot make that undone by hanging up; whoever is cut by somebody else may call again.
import type { CutCode } from './lease.ts';
import type { Tally } from './send-answer.ts';
import type { UseEnd } from './use-events.ts';

/** Cuts that the caller can bring about at will. */
const CALLER_CUTS: ReadonlySet<string> = new Set<CutCode>(['client_gone', 'payload_too_large', 'upload_stalled']);

/** Whether a call with this whole answer completed. */
export function isCompleted(status: number): boolean {
  return status < 400;
}

/** Whether a call that was cut counts as made all the same. */
export function isSpentByCut(code: string, { status, bytesOut, reachedUpstream }: Tally): boolean {
  if (!CALLER_CUTS.has(code)) return false;
  return reachedUpstream || (status !== null && isCompleted(status) && bytesOut > 0);
}

/** Whether a use that ended so was the one call that its grant was for. */
export function isMade(end: UseEnd): boolean {
  return end.kind === 'finished' ? isCompleted(end.status) : end.spent;
}
