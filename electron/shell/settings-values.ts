// From what is stored and what is managed to the settings in force. Pure. A stored value that does not fit falls back
// alone; the others stay.
import {
  settingsSchema,
  someSettingsSchema,
  type Settings,
  type SettingName,
  type SettingsState,
} from '#shared/contracts/desktop/settings.ts';
import type { ManagedSettings } from './managed-settings.ts';

export const SETTING_NAMES = Object.keys(settingsSchema.shape) as SettingName[];

export type ReadSettings = { readonly state: SettingsState; readonly fellBack: readonly SettingName[] };

/** `stored` is whatever the file holds. Gives the settings in force and the names whose stored value did not fit. */
export function settingsInForce(
  stored: Readonly<Record<string, unknown>>,
  managed: ManagedSettings['settings'],
): ReadSettings {
  const kept: Record<string, unknown> = {};
  const fellBack: SettingName[] = [];
  for (const name of SETTING_NAMES) {
    if (stored[name] === undefined) continue;
    if (someSettingsSchema.shape[name].safeParse(stored[name]).success) kept[name] = stored[name];
    else fellBack.push(name);
  }
  const managedNames = SETTING_NAMES.filter((name) => managed[name] !== undefined);
  const over = Object.fromEntries(managedNames.map((name) => [name, managed[name]]));
  const values: Settings = settingsSchema.parse({ ...kept, ...over });
  return { state: { values, managed: managedNames }, fellBack };
}
