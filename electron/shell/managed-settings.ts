// What the organisation set for everybody on this machine. Believed only when administrators alone can have written it.
// Plain Node. A file that is there and cannot be believed stops the app: it must never count as absent.
import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { brokerUrlSchema } from '#shared/contracts/desktop/connection.ts';
import { someSettingsSchema } from '#shared/contracts/desktop/settings.ts';
import { sinksSchema, type Sink } from '#shared/contracts/sinks.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';

const absolute = z.string().refine((file) => path.isAbsolute(file), { error: 'not an absolute path' });

const managedSettingsSchema = z.strictObject({
  /** Only what is named is managed; the rest stays the person's. */
  settings: someSettingsSchema.default({}),
  /** The broker's configuration file. */
  configFile: absolute.optional(),
  /** The team's broker for everybody on this machine: nobody chooses another. */
  brokerUrl: brokerUrlSchema.optional(),
  /** Where this app keeps its data. */
  dataFolder: absolute.optional(),
  /** Where the log goes besides the broker: the person sees these and cannot change them. */
  sinks: sinksSchema
    .refine((sinks) => sinks.every(isOfAdministrators), { error: 'a secret or a path that a person could change' })
    .default([]),
});

/** A person can change the environment and their keychain, and from where this app is started. */
function isOfAdministrators(sink: Sink): boolean {
  switch (sink.kind) {
    case 'file':
      return path.isAbsolute(sink.path);
    case 'webhook':
      return isAbsoluteFile(sink.secret);
    case 'otlp':
      return sink.header === undefined || isAbsoluteFile(sink.header.value);
  }
}

function isAbsoluteFile(reference: string): boolean {
  return reference.startsWith('file:') && path.isAbsolute(reference.slice('file:'.length));
}

export type ManagedSettings = z.infer<typeof managedSettingsSchema>;

/** Why a managed file stops the app: a stable code and the place that is wrong. */
export type ManagedRefusal = {
  readonly code:
    | 'not_read'
    | 'a_link'
    | 'not_a_file'
    | 'not_of_administrators'
    | 'too_large'
    | 'not_json'
    | 'not_valid';
  readonly place: string;
};

export const NO_MANAGED_SETTINGS: ManagedSettings = { settings: {}, sinks: [] };
const MAX_BYTES = 64 * 1024;

/**
 * Where the file may be on a platform, the first that exists counts. On Windows the usual folder comes before the one
 * that the environment names: a person can change the environment.
 */
export function managedSettingsFiles(platform: NodeJS.Platform, programData: string | null): readonly string[] {
  switch (platform) {
    case 'darwin':
      return ['/Library/Application Support/Daypass/settings.json'];
    case 'win32':
      return [...new Set(['C:\\ProgramData', ...(programData === null ? [] : [programData])])].map((folder) =>
        path.win32.join(folder, 'Daypass', 'settings.json'),
      );
    default:
      return ['/etc/daypass/settings.json'];
  }
}

/** Whether administrators alone may write this place. `above`: a folder further up than the one that holds the file. */
export type OwnerCheck = (place: string, facts: Stats, where: { readonly above: boolean }) => boolean;

/** On Unix: owned by root, writable by nobody else. */
export const ownedByRoot: OwnerCheck = (_place, { uid, mode }) => uid === 0 && (mode & 0o022) === 0;

/** Reads the first file there is. None: nothing is managed. What cannot be believed is refused, with the place. */
export function readManagedSettings(
  files: readonly string[],
  ofAdministrators: OwnerCheck,
): Result<ManagedSettings, ManagedRefusal> {
  for (const file of files) {
    const text = readTrusted(file, ofAdministrators);
    if (!text.ok) return text;
    if (text.value !== null) return parse(file, text.value);
  }
  return ok(NO_MANAGED_SETTINGS);
}

/**
 * The secret in a file that the managed settings name: without the white space around it. Refused like those settings, so
 * that nobody but administrators chooses with what the log is signed; also when it is empty.
 */
export function readManagedSecret(file: string, ofAdministrators: OwnerCheck): Result<string, ManagedRefusal> {
  const text = readTrusted(file, ofAdministrators);
  if (!text.ok) return text;
  const secret = text.value?.trim() ?? '';
  return secret === '' ? err({ code: 'not_read', place: file }) : ok(secret);
}

function parse(file: string, text: string): Result<ManagedSettings, ManagedRefusal> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return err({ code: 'not_json', place: file });
  }
  const parsed = managedSettingsSchema.safeParse(json);
  if (parsed.success) return ok(parsed.data);
  const at = parsed.error.issues[0]?.path.map(String).join('.') ?? '';
  return err({ code: 'not_valid', place: at === '' ? file : `${file}: ${at}` });
}

function readTrusted(file: string, ofAdministrators: OwnerCheck): Result<string | null, ManagedRefusal> {
  const facts = factsOf(file);
  // Most machines have none: then nobody needs to be asked who owns the folders.
  if (facts === 'absent') return ok(null);
  // From the top: a folder that others may write could be replaced with everything in it.
  for (const folder of foldersAbove(file)) {
    const above = factsOf(folder);
    if (above === 'absent' || above === 'unreadable') return err({ code: 'not_read', place: folder });
    if (above.isSymbolicLink()) return err({ code: 'a_link', place: folder });
    if (!ofAdministrators(folder, above, { above: folder !== path.dirname(file) }))
      return err({ code: 'not_of_administrators', place: folder });
  }
  if (facts === 'unreadable') return err({ code: 'not_read', place: file });
  if (facts.isSymbolicLink()) return err({ code: 'a_link', place: file });
  return readOpened(file, facts, ofAdministrators);
}

function readOpened(file: string, seen: Stats, ofAdministrators: OwnerCheck): Result<string, ManagedRefusal> {
  let descriptor: number;
  try {
    // Never waits, should somebody have put a pipe there.
    descriptor = openSync(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch {
    return err({ code: 'not_read', place: file });
  }
  try {
    // Of what was opened, not of what the name meant a moment ago.
    const facts = fstatSync(descriptor);
    if (!facts.isFile()) return err({ code: 'not_a_file', place: file });
    if (facts.ino !== seen.ino || !ofAdministrators(file, facts, { above: false }))
      return err({ code: 'not_of_administrators', place: file });
    if (facts.size > MAX_BYTES) return err({ code: 'too_large', place: file });
    return ok(readFileSync(descriptor, 'utf8'));
  } catch {
    return err({ code: 'not_read', place: file });
  } finally {
    closeSync(descriptor);
  }
}

/** Every folder that leads to a file, from the top. */
export function foldersAbove(file: string): readonly string[] {
  const parent = path.dirname(file);
  return parent === file ? [] : [...foldersAbove(parent), parent];
}

function factsOf(place: string): Stats | 'absent' | 'unreadable' {
  try {
    return lstatSync(place);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'absent' : 'unreadable';
  }
}
