// The person's settings on disk, under what the organisation manages. Values only, never a secret.
import ElectronStore from 'electron-store';
import type { Log, SettingsPort } from '../agent/ports.ts';
import { someSettingsSchema } from '#shared/contracts/desktop/settings.ts';
import { err, ok } from '#shared/domain/result.ts';
import type { ManagedSettings } from './managed-settings.ts';
import { settingsInForce, SETTING_NAMES } from './settings-values.ts';

type Options = {
  readonly folder: string;
  readonly managed: ManagedSettings['settings'];
  readonly log: Log;
};

/** Opens `settings.json` in the folder. A broken file or value falls back to the defaults, and the log says which. */
export function openSettings({ folder, managed, log }: Options): SettingsPort {
  const store = openStore(folder, log);
  const read = settingsInForce(store?.store ?? {}, managed);
  for (const name of read.fellBack) log.info('settings.fell_back', { name });
  const listeners = new Set<() => void>();
  let state = read.state;
  return {
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    change: async (change) => {
      const parsed = someSettingsSchema.safeParse(change);
      if (!parsed.success || store === null) return err('not_saved');
      const names = SETTING_NAMES.filter((name) => parsed.data[name] !== undefined);
      if (names.some((name) => state.managed.includes(name))) return err('managed');
      try {
        for (const name of names) store.set(name, parsed.data[name]);
      } catch (error) {
        log.trouble('settings.not_saved', error);
        return err('not_saved');
      }
      state = settingsInForce({ ...state.values, ...parsed.data }, managed).state;
      for (const listener of listeners) listener();
      return ok(null);
    },
  };
}

type Store = ElectronStore;

/** Null when the disk refuses: the app runs on defaults, and a change says that it was not saved. */
function openStore(folder: string, log: Log): Store | null {
  const open = (clearInvalidConfig: boolean): Store =>
    new ElectronStore({
      cwd: folder,
      name: 'settings',
      configFileMode: 0o600,
      clearInvalidConfig,
      accessPropertiesByDotNotation: false,
    });
  try {
    return open(false);
  } catch (error) {
    log.trouble('settings.broken', error);
  }
  try {
    return open(true);
  } catch (error) {
    log.trouble('settings.not_opened', error);
    return null;
  }
}
