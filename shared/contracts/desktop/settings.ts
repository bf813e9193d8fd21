// What a person may set, with its defaults and limits; the same schema reads the stored and the managed settings.
import { z } from 'zod';
import { MINUTE_MS, SECOND_MS } from '../../domain/time.ts';

const limits = {
  theme: z.enum(['system', 'light', 'dark']),
  /** Size of all text, 1 as designed. */
  textZoom: z.number().min(0.8).max(2),
  openAtLogin: z.boolean(),
  /** How long a copied token stays on the clipboard. */
  clipboardClearMs: z
    .int()
    .min(5 * SECOND_MS)
    .max(5 * MINUTE_MS),
  wipeOnLock: z.boolean(),
  wipeOnQuit: z.boolean(),
  notifyBeforeEnd: z.boolean(),
  /** An Electron accelerator that opens the window, or null for none. */
  shortcut: z
    .string()
    .regex(/^(?:(?:CommandOrControl|Control|Alt|Shift|Super|Command|Option)\+){1,3}[A-Z0-9]$/)
    .nullable(),
  /** How long the bodies of this desktop's own records are kept once the broker has them; null: as the broker keeps them. */
  recordsKeptDays: z.int().min(30).max(3650).nullable(),
};

export const settingsSchema = z.strictObject({
  theme: limits.theme.default('system'),
  textZoom: limits.textZoom.default(1),
  openAtLogin: limits.openAtLogin.default(false),
  clipboardClearMs: limits.clipboardClearMs.default(30 * SECOND_MS),
  wipeOnLock: limits.wipeOnLock.default(false),
  wipeOnQuit: limits.wipeOnQuit.default(true),
  notifyBeforeEnd: limits.notifyBeforeEnd.default(true),
  shortcut: limits.shortcut.default(null),
  recordsKeptDays: limits.recordsKeptDays.default(null),
});
export type Settings = z.output<typeof settingsSchema>;
export type SettingName = keyof Settings;

/** Some of the settings. Made from the fields without defaults: a partial schema fills in the defaults that it has. */
export const someSettingsSchema = z.strictObject(limits).partial();

/** One change of one setting. */
export const settingChangeSchema = someSettingsSchema.refine((change) => Object.keys(change).length === 1, {
  error: 'one setting at a time',
});

export const settingsStateSchema = z.object({
  values: settingsSchema,
  /** Names that the organisation set: the person sees them and cannot change them. */
  managed: z.array(z.string()),
});
export type SettingsState = z.infer<typeof settingsStateSchema>;
