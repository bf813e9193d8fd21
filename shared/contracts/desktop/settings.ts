// What a person may set, with its defaults and limits; the same schema reads the stored and the managed settings.
import { z } from 'zod';
import { MINUTE_MS, SECOND_MS } from '../../domain/time.ts';

export const settingsSchema = z.strictObject({
  theme: z.enum(['system', 'light', 'dark']).default('system'),
  /** Size of all text, 1 as designed. */
  textZoom: z.number().min(0.8).max(2).default(1),
  openAtLogin: z.boolean().default(false),
  /** How long a copied token stays on the clipboard. */
  clipboardClearMs: z
    .int()
    .min(5 * SECOND_MS)
    .max(5 * MINUTE_MS)
    .default(30 * SECOND_MS),
  wipeOnLock: z.boolean().default(false),
  wipeOnQuit: z.boolean().default(true),
  notifyBeforeEnd: z.boolean().default(true),
  /** An Electron accelerator that opens the window, or null for none. */
  shortcut: z
    .string()
    .regex(/^(?:(?:CommandOrControl|Control|Alt|Shift|Super|Command|Option)\+){1,3}[A-Z0-9]$/)
    .nullable()
    .default(null),
});
export type Settings = z.output<typeof settingsSchema>;
export type SettingName = keyof Settings;

const { shape } = settingsSchema;
/** One change of one setting. Without the defaults: an optional field with one is filled in, and reads as a change. */
export const settingChangeSchema = z
  .strictObject({
    theme: shape.theme.unwrap().optional(),
    textZoom: shape.textZoom.unwrap().optional(),
    openAtLogin: shape.openAtLogin.unwrap().optional(),
    clipboardClearMs: shape.clipboardClearMs.unwrap().optional(),
    wipeOnLock: shape.wipeOnLock.unwrap().optional(),
    wipeOnQuit: shape.wipeOnQuit.unwrap().optional(),
    notifyBeforeEnd: shape.notifyBeforeEnd.unwrap().optional(),
    shortcut: shape.shortcut.unwrap().optional(),
  } satisfies Record<SettingName, z.ZodType>)
  .refine((change) => Object.keys(change).length === 1, { error: 'one setting at a time' });

export const settingsStateSchema = z.object({
  values: settingsSchema,
  /** Names that the organisation set: the person sees them and cannot change them. */
  managed: z.array(z.string()),
});
export type SettingsState = z.infer<typeof settingsStateSchema>;
