// Looks at the clipboard that end. One that hangs must not hold up a wipe: it counts as failed, and is tried again. A
// write is waited for: a token may still land where nobody would look for it any more.
import { SECOND_MS } from '#shared/domain/time.ts';
import type { ClipboardPort, Timers } from './ports.ts';

const PATIENCE_MS = 5 * SECOND_MS;

/** `read` and `clear` reject after 5 s, and at once while an earlier one that was given up has not come back. */
export function boundedClipboard(clipboard: ClipboardPort, timers: Timers): ClipboardPort {
  let leftBehind = 0;

  async function bounded<T>(call: () => Promise<T>): Promise<T> {
    if (leftBehind > 0) throw new Error('the clipboard hangs');
    return await new Promise<T>((resolve, reject) => {
      let late = false;
      const cancel = timers.after(PATIENCE_MS, () => {
        late = true;
        leftBehind += 1;
        reject(new Error('the clipboard hangs'));
      });
      const over = (): void => {
        cancel();
        if (late) leftBehind -= 1;
      };
      call().finally(over).then(resolve, reject);
    });
  }

  return {
    write: clipboard.write,
    read: async () => await bounded(clipboard.read),
    clear: async () => await bounded(clipboard.clear),
  };
}
