// Examines ended grants in the background, a few at a time: no end, start or call ever waits for it.
import type { AccessDeps } from '#broker/access/access-deps.ts';
import { SECOND_MS } from '#shared/domain/time.ts';
import { examineEnded } from './examine.ts';

const EVERY_MS = 15 * SECOND_MS;
/** Between two parts of a long backlog, so that calls come in between. */
const BREATH_MS = 50;

export type Examiner = {
  /** Examines everything that is due now. Throws what went wrong; it is tried again. */
  readonly runDue: () => Promise<void>;
  /** Stops, and waits for the part that runs. */
  readonly close: () => Promise<void>;
};

export function createExaminer(deps: AccessDeps, onError: (error: unknown) => void): Examiner {
  let closed = false;
  let last: Promise<unknown> = Promise.resolve();
  const oneAtATime = (work: () => Promise<boolean>): Promise<boolean> => {
    const turn = last.then(work, work);
    last = turn;
    return turn;
  };
  const part = (): Promise<boolean> => oneAtATime(async () => !closed && (await examineEnded(deps)));
  let timer: NodeJS.Timeout | null = null;
  const arm = (waitMs: number): void => {
    if (closed) return;
    timer = setTimeout(() => {
      part().then(
        (more) => arm(more ? BREATH_MS : EVERY_MS),
        (error: unknown) => {
          onError(error);
          arm(EVERY_MS);
        },
      );
    }, waitMs);
    timer.unref();
  };
  arm(EVERY_MS);
  return {
    runDue: async () => {
      while (await part());
    },
    close: async () => {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      await last.catch(() => undefined);
    },
  };
}
