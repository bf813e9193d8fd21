// What nobody caught. The system's own words for it would quote what it was about, on the error output and in a box on
// the screen; here it goes through the log, which cuts that out. A rejection changes nothing: wipes must go on.
import type { Log } from '../agent/ports.ts';

/** A thing that tells of what nobody caught, as `process` does. */
type Source = {
  readonly on: (event: 'uncaughtException' | 'unhandledRejection', told: (error: unknown) => void) => unknown;
};

/** `leave` is told of an exception, once: nobody knows what state it left, so the app wipes what it must and ends. */
export function catchTheUncaught(source: Source, log: Log, leave: () => void): void {
  let leaving = false;
  source.on('unhandledRejection', (error) => log.trouble('app.unhandled_rejection', error));
  source.on('uncaughtException', (error) => {
    log.trouble('app.uncaught_exception', error);
    if (leaving) return;
    leaving = true;
    leave();
  });
}
