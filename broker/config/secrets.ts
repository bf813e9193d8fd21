// Reads the secrets that the configuration names: files, environment, keychain. Values never reach an error or a log.
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';

export type SecretErrorCode =
  | 'not_a_reference'
  | 'not_found'
  | 'cannot_read'
  | 'not_a_file'
  | 'readable_by_others'
  | 'too_long'
  | 'empty'
  | 'not_text'
  | 'no_keychain'
  | 'not_a_key';

/** Says which reference failed and why; the value, if there was one, is not in it. */
export class SecretError extends Error {
  override readonly name = 'SecretError';
  readonly code: SecretErrorCode;
  readonly reference: string;
  constructor(code: SecretErrorCode, reference: string, message: string) {
    super(`${reference}: ${message}`);
    this.code = code;
    this.reference = reference;
  }
}

export type Secrets = {
  /** The secret's text, read afresh, without one closing line break. Throws a SecretError. */
  readonly read: (reference: string) => Promise<string>;
  /** The same for a text that is no secret, as a certificate: others may read the file. Throws a SecretError. */
  readonly readPublic: (reference: string) => Promise<string>;
  /** A 256-bit key, written as base64url (43 characters). Throws a SecretError. */
  readonly readKey: (reference: string) => Promise<Uint8Array>;
};

export type SecretSources = {
  /** Where relative `file:` paths start from: the folder of the configuration file. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Gives null for an item that is not there; throws when it cannot ask. */
  readonly keychain?: (name: string) => Promise<string | null>;
};

/** Whether a file may be open to other users. */
type Openness = 'secret' | 'public';

const MAX_BYTES = 65_536;
const KEY_BYTES = 32;

export function createSecrets(sources: SecretSources): Secrets {
  const readText = async (reference: string, open: Openness): Promise<string> => {
    const text = await readRaw(reference, sources, open);
    const secret = text.replace(/\r?\n$/, '');
    if (secret === '') throw new SecretError('empty', reference, 'is empty');
    return secret;
  };
  const read = async (reference: string): Promise<string> => await readText(reference, 'secret');
  return {
    read,
    readPublic: async (reference) => await readText(reference, 'public'),
    readKey: async (reference) => {
      const text = await read(reference);
      const key = Buffer.from(text, 'base64url');
      if (key.length !== KEY_BYTES || key.toString('base64url') !== text) {
        throw new SecretError('not_a_key', reference, `is not a key: ${KEY_BYTES} bytes in base64url`);
      }
      return new Uint8Array(key);
    },
  };
}

async function readRaw(reference: string, sources: SecretSources, open: Openness): Promise<string> {
  const name = reference.slice(reference.indexOf(':') + 1);
  if (name === '') throw new SecretError('not_a_reference', 'a secret', 'its reference names nothing');
  if (reference.startsWith('file:')) return readFileSecret(reference, resolve(sources.folder, name), open);
  if (reference.startsWith('env:')) {
    const value = Object.hasOwn(sources.env, name) ? sources.env[name] : undefined;
    if (value === undefined) throw new SecretError('not_found', reference, 'is not in the environment');
    return value;
  }
  if (reference.startsWith('keychain:')) return readKeychainSecret(reference, name, sources.keychain);
  // What stands here may be the secret itself, written where its name belongs.
  throw new SecretError('not_a_reference', 'a secret', 'is not named by file:PATH, env:NAME or keychain:NAME');
}

async function readFileSecret(reference: string, path: string, openness: Openness): Promise<string> {
  try {
    // Non-blocking: a pipe in the file's place must not hang the start.
    await using handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const status = await handle.stat();
    if (!status.isFile()) throw new SecretError('not_a_file', reference, 'is not a file');
    // Checked on the opened file: a path could lead elsewhere by then.
    if (openness === 'secret' && process.platform !== 'win32' && (status.mode & 0o077) !== 0) {
      throw new SecretError('readable_by_others', reference, 'is open to other users: chmod 600');
    }
    if (status.size > MAX_BYTES) throw new SecretError('too_long', reference, `is longer than ${MAX_BYTES} bytes`);
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await handle.readFile());
  } catch (error) {
    throw fileError(error, reference);
  }
}

function fileError(error: unknown, reference: string): SecretError {
  if (error instanceof SecretError) return error;
  if (error instanceof TypeError) return new SecretError('not_text', reference, 'is not UTF-8 text');
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  if (code === 'ENOENT') return new SecretError('not_found', reference, 'there is no such file');
  return new SecretError('cannot_read', reference, `cannot be read (${code})`);
}

async function readKeychainSecret(
  reference: string,
  name: string,
  keychain: SecretSources['keychain'],
): Promise<string> {
  if (keychain === undefined) throw new SecretError('no_keychain', reference, 'this broker has no keychain');
  let value: string | null;
  try {
    value = await keychain(name);
  } catch {
    throw new SecretError('cannot_read', reference, 'the keychain could not be asked');
  }
  if (value === null) throw new SecretError('not_found', reference, 'is not in the keychain');
  return value;
}
