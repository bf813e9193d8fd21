// The one global shortcut: it opens the window, nothing else.
import { globalShortcut } from 'electron';
import type { Log } from '../agent/ports.ts';

/** Gives the way to set it: null for none. A shortcut that another program holds is told in the log. */
export function createShortcut(open: () => void, log: Log): (accelerator: string | null) => void {
  let current: string | null = null;
  return (accelerator) => {
    if (accelerator === current) return;
    if (current !== null) globalShortcut.unregister(current);
    current = accelerator;
    if (accelerator === null) return;
    try {
      if (!globalShortcut.register(accelerator, open)) log.info('shortcut.taken');
    } catch (error) {
      log.trouble('shortcut.refused', error);
    }
  };
}
