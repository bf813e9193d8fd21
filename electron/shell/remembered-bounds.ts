// Where the person left the window, kept in a file of its own. Losing it costs nothing.
import ElectronStore from 'electron-store';
import { z } from 'zod';
import type { Log } from '../agent/ports.ts';
import { SMALLEST_SIZE, type Rectangle } from './window-placement.ts';

const boundsSchema = z.object({
  x: z.int(),
  y: z.int(),
  width: z.int().min(SMALLEST_SIZE.width).max(10_000),
  height: z.int().min(SMALLEST_SIZE.height).max(10_000),
});

export type RememberedBounds = {
  readonly remembered: () => Rectangle | null;
  readonly remember: (bounds: Rectangle) => void;
};

/** Opens `window.json` in the folder. */
export function openRememberedBounds(folder: string, log: Log): RememberedBounds {
  let store: ElectronStore | null = null;
  try {
    store = new ElectronStore({ cwd: folder, name: 'window', configFileMode: 0o600, clearInvalidConfig: true });
  } catch (error) {
    log.trouble('window.place_not_opened', error);
  }
  const parsed = boundsSchema.safeParse(store?.get('bounds'));
  let latest: Rectangle | null = parsed.success ? parsed.data : null;
  return {
    remembered: () => latest,
    remember: ({ x, y, width, height }) => {
      if (latest?.x === x && latest.y === y && latest.width === width && latest.height === height) return;
      latest = { x, y, width, height };
      try {
        store?.set('bounds', latest);
      } catch (error) {
        log.trouble('window.place_not_saved', error);
      }
    },
  };
}
