// The way out: the agent wipes and closes first, within a bounded time; then the app ends.
import { app, powerMonitor } from 'electron';
import type { Log } from '../agent/ports.ts';
import { SECOND_MS, type DurationMs } from '#shared/domain/time.ts';

// Systems that shut down kill an app after five to twenty seconds. What is left then is wiped at the next start.
const CLOSING_MS: DurationMs = 8 * SECOND_MS;

/** Ends at once, without closing anything: before there is anything to close. */
export function exitNow(code: 0 | 1): void {
  app.exit(code);
}

/** From now on every way to quit goes through `close`, once. Gives the way to begin it. */
export function quitThrough(close: () => Promise<void>, log: Log): () => void {
  let closing = false;
  const end = async (): Promise<void> => {
    if (closing) return;
    closing = true;
    const outcome = await bounded(close(), log);
    log.info('app.closed', { outcome });
    app.exit(outcome === 'closed' ? 0 : 1);
  };
  const begin = (): void => void end();
  app.on('before-quit', (event) => {
    event.preventDefault();
    begin();
  });
  // The tray keeps the app alive; without a listener it would quit with its last window.
  app.on('window-all-closed', () => {});
  powerMonitor.on('shutdown', begin);
  process.on('SIGTERM', begin);
  process.on('SIGINT', begin);
  return begin;
}

async function bounded(closing: Promise<void>, log: Log): Promise<'closed' | 'failed' | 'too_late'> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<'too_late'>((resolve) => {
    timer = setTimeout(resolve, CLOSING_MS, 'too_late');
  });
  const closed = closing.then(
    () => 'closed' as const,
    (error: unknown) => {
      log.trouble('app.close_failed', error);
      return 'failed' as const;
    },
  );
  const outcome = await Promise.race([closed, tooLate]);
  clearTimeout(timer);
  return outcome;
}
