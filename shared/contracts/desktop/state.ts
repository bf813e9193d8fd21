// What the window, the tray and the menus may know: the whole state of the desktop without any secret.
// Pushed as one snapshot; times are trusted time in epoch ms, lengths in ms. Words of other people come cleaned.
import { z } from 'zod';
import { approvalCardSchema, catalogEntrySchema, grantCardSchema, presetSchema, requestCardSchema } from './cards.ts';
import { connectionSchema } from './connection.ts';
import { settingsStateSchema } from './settings.ts';
import { sinkCardSchema } from './sinks.ts';

const epochMs = z.number();
const durationMs = z.number();

export const brokerStateSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('starting') }),
  z.object({ kind: z.literal('ready'), gatewayUrl: z.string() }),
  z.object({ kind: z.literal('offline'), sinceMs: epochMs }),
  /** A team's broker that waits for the person to sign in; see `connection`. */
  z.object({ kind: z.literal('signed_out') }),
  z.object({
    kind: z.literal('failed'),
    code: z.enum(['gateway_port_taken', 'configuration_refused', 'in_use', 'disk_full', 'stopped', 'start_failed']),
    problems: z.array(z.string()),
  }),
]);
export type BrokerState = z.infer<typeof brokerStateSchema>;

export const keychainStateSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('locked') }),
  z.object({ kind: z.literal('none') }),
  z.object({ kind: z.literal('failed'), code: z.string() }),
]);
export type KeychainState = z.infer<typeof keychainStateSchema>;

export const syncStateSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('synced'), atMs: epochMs }),
  z.object({ kind: z.literal('behind'), records: z.int() }),
  z.object({ kind: z.literal('stuck'), code: z.string(), records: z.int() }),
  z.object({ kind: z.literal('alarm'), code: z.string() }),
]);
export type SyncState = z.infer<typeof syncStateSchema>;

/** The broker's log was put back to a backup, and the broker said so: shown until a person has read it. */
export const restoredLogSchema = z.object({
  /** As of when the backup is, by the broker's word; null: it was empty. */
  backupAtMs: epochMs.nullable(),
  /** So many restores one after another. */
  restores: z.int().min(1),
  /** So many records of the broker's log were kept; those after them are missing. */
  keptRecords: z.int().min(0),
  /** How many the desktop had seen under a checkpoint. */
  seenRecords: z.int().min(0),
  /** Up to here the restored log was proven to agree with what the desktop kept. */
  agreedRecords: z.int().min(0),
  noticedAtMs: epochMs,
});
export type RestoredLog = z.infer<typeof restoredLogSchema>;

export const verificationSchema = z.object({
  /** Records in this desktop's own log. */
  records: z.int(),
  /** `verified`: every record that there is, since this start. `outdated`: once, but not all of them or not since. */
  result: z.enum(['not_yet', 'verified', 'outdated', 'failed']),
  verifiedAtMs: epochMs.nullable(),
  /** How many there were then. */
  verifiedRecords: z.int().nullable(),
  code: z.string().nullable(),
  /** How much of it another party cosigned, and when. */
  cosigned: z.object({ records: z.int(), atMs: epochMs }).nullable(),
  /** Nobody else ever sees it: the broker belongs to the same person. */
  selfAttested: z.boolean(),
  /** With how many records of this desktop's own the broker had lost and was given again. */
  restored: restoredLogSchema.extend({ sentAgain: z.int().min(0) }).nullable(),
});
export type Verification = z.infer<typeof verificationSchema>;

export const desktopStateSchema = z.object({
  /** Trusted time when this was made: countdowns go on from here by the window's own monotonic time. */
  nowMs: epochMs,
  version: z.string(),
  me: z
    .object({
      user: z.string(),
      name: z.string(),
      admin: z.boolean(),
      /** Owns a resource of the catalog: may end others' access to it and review it. */
      owner: z.boolean(),
    })
    .nullable(),
  /** Who else may use this embedded broker; one entry or none hides the choice. */
  people: z.array(z.object({ user: z.string(), name: z.string() })),
  mode: z.enum(['embedded', 'team']),
  connection: connectionSchema,
  broker: brokerStateSchema,
  keychain: keychainStateSchema,
  /** Without a keychain the person may agree to hold credentials in memory only. */
  memoryOnly: z.boolean(),
  disk: z.enum(['ok', 'full']),
  /** The wall clock jumped by more than a day against the time since boot; everything was ended until the person answers. */
  clockJump: z.object({ byMs: durationMs, atMs: epochMs }).nullable(),
  locked: z.boolean(),
  /** The first start explains itself until it was read. */
  welcome: z.boolean(),
  catalog: z.array(catalogEntrySchema),
  grants: z.array(grantCardSchema),
  requests: z.array(requestCardSchema),
  approvals: z.array(approvalCardSchema),
  /** Requests that were answered here, also from a notification: that they went needs no word. */
  answeredHere: z.array(z.string()),
  presets: z.array(presetSchema),
  sync: syncStateSchema,
  /** Where the log goes besides the broker: the organisation's first, then the person's. */
  sinks: z.array(sinkCardSchema),
  verification: verificationSchema,
  settings: settingsStateSchema,
});
export type DesktopState = z.infer<typeof desktopStateSchema>;
