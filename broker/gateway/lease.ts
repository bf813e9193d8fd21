// How long one running call may last: until its credential is removed, the clock passes the end, or somebody cuts it.
// Owns the timer of that call. Never decides what is recorded.
import type { LiveCredential, LiveCredentials } from '#broker/access/live-credentials.ts';
import type { Clock, DurationMs } from '#shared/domain/time.ts';

/** Why a running call was cut, as the ledger says it. */
export type CutCode =
  | 'access_ended'
  | 'expired'
  | 'client_gone'
  | 'gateway_closed'
  | 'mask_failed'
  | 'payload_too_large'
  | 'quota_exhausted'
  | 'secret_in_answer'
  | 'source_changed'
  | 'upload_stalled'
  | 'upstream_lost'
  | 'upstream_timeout';

export type Lease = {
  readonly signal: AbortSignal;
  readonly cutBy: () => CutCode | null;
  /** The first cut counts. */
  readonly cut: (code: CutCode) => void;
  /** Ends the watch; a later removal of the credential cuts nothing. */
  readonly release: () => void;
};

/**
 * The clock is asked again at least this often: it may jump (sleep, correction), while timers stop in suspend,
 * and Node fires at once beyond 2^31 − 1 ms.
 */
const LOOK_AGAIN_MS: DurationMs = 1000;

export function openLease(
  deps: { readonly live: LiveCredentials; readonly clock: Clock },
  credential: LiveCredential,
): Lease {
  const controller = new AbortController();
  let code: CutCode | null = null;
  let timer: NodeJS.Timeout | undefined;
  let released = false;
  const cut = (why: CutCode): void => {
    if (code !== null || released) return;
    code = why;
    clearTimeout(timer);
    controller.abort(new Error(why));
  };
  const look = (): void => {
    const leftMs = credential.endsAtMs - deps.clock.now();
    if (leftMs <= 0) return cut('expired');
    timer = setTimeout(look, Math.min(leftMs, LOOK_AGAIN_MS));
    timer.unref();
  };
  look();
  const stopWaiting = deps.live.onRemoved(credential.credentialId, () => cut('access_ended'));
  return {
    signal: controller.signal,
    cutBy: () => code,
    cut,
    release: () => {
      released = true;
      clearTimeout(timer);
      stopWaiting();
    },
  };
}
