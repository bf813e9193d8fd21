// Runs keychain calls one after another and gives up waiting for one that hangs on a prompt. Never more than one call
// is left behind: while it hangs, the others are refused at once instead of filling the thread pool.
import { err, type Result } from '#shared/domain/result.ts';
import type { DurationMs } from '#shared/domain/time.ts';
import type { KeychainProblem } from './keychain-port.ts';
import type { Timers } from './ports.ts';

export type KeychainCall<T> = {
  readonly run: () => Promise<Result<T, KeychainProblem>>;
  /** What the call brings when nobody waits for it any more: undone before anything else runs. */
  readonly late: (value: T) => Promise<void>;
};

export type KeychainCalls = <T>(call: KeychainCall<T>) => Promise<Result<T, KeychainProblem>>;

/** A call that takes longer than `patienceMs` is answered `locked`: it waits for a person who does not come. */
export function createKeychainCalls(timers: Timers, patienceMs: DurationMs): KeychainCalls {
  let last: Promise<unknown> = Promise.resolve();
  let leftBehind = false;

  async function runNow<T>({ run, late }: KeychainCall<T>): Promise<Result<T, KeychainProblem>> {
    if (leftBehind) return err('locked');
    const running = run();
    const gaveUp = Symbol('gave up');
    let cancel = (): void => undefined;
    const patience = new Promise<typeof gaveUp>((resolve) => {
      cancel = timers.after(patienceMs, () => resolve(gaveUp));
    });
    const first = await Promise.race([running, patience]);
    cancel();
    if (first !== gaveUp) return first;
    leftBehind = true;
    void undoLate(running, late).finally(() => (leftBehind = false));
    return err('locked');
  }

  return (call) => {
    const mine = last.then(() => runNow(call));
    last = mine.catch(() => undefined);
    return mine;
  };
}

async function undoLate<T>(
  running: Promise<Result<T, KeychainProblem>>,
  late: (value: T) => Promise<void>,
): Promise<void> {
  try {
    const result = await running;
    if (result.ok) await late(result.value);
  } catch {
    // Nobody waits for it any more; that it is over is all that counts.
  }
}
