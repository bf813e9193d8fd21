// Where the secrets of sinks are: of the person's in the keychain, or in this process's memory where the system has none
// and the person agreed to that; of the organisation's in files that only administrators can write. Never in the database.
import { randomBytes } from 'node:crypto';
import type { Sink } from '#shared/contracts/sinks.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { Manner } from '../device-key-watch.ts';
import type { Keychain, KeychainProblem } from '../keychain-port.ts';

const ACCOUNT = 'sink:';
const REFERENCE = `keychain:${ACCOUNT}`;
const FILE = 'file:';

/** Why a secret is not to be had. `gone`: the keychain has none under this name; `file`: the managed file is not to be believed. */
export type SecretMissing = KeychainProblem | 'gone' | 'file';

export type SinkSecrets = {
  /** Keeps it under a new reference, which it gives. `memoryOnly`: the person agreed to that where there is no keychain. */
  readonly keep: (secret: string, memoryOnly: boolean) => Promise<Result<string, KeychainProblem>>;
  /** `quietly`: the system must not ask for a password. */
  readonly read: (reference: string, manner: Manner) => Promise<Result<string, SecretMissing>>;
  /** Deletes and reads back. */
  readonly drop: (reference: string) => Promise<Result<null, KeychainProblem>>;
  /** Deletes what no sink names any more, as after a crash. Asks nobody. */
  readonly sweep: (named: readonly string[]) => Promise<void>;
};

type Options = {
  readonly keychain: Keychain;
  /** Of a file that only administrators can write; null when it cannot be believed or read. */
  readonly readManaged: (file: string) => string | null;
};

/** The reference that a sink has; null: it needs no secret. */
export function referenceOf(sink: Sink): string | null {
  switch (sink.kind) {
    case 'webhook':
      return sink.secret;
    case 'otlp':
      return sink.header?.value ?? null;
    case 'file':
      return null;
  }
}

/** For an area that is not used any more: nothing that opens anything is left of it. Asks nobody. */
export async function forgetSinkSecrets(keychain: Pick<Keychain, 'accounts' | 'remove' | 'probe'>): Promise<void> {
  await sweepAll(keychain, new Set());
}

export function createSinkSecrets({ keychain, readManaged }: Options): SinkSecrets {
  const inMemory = new Map<string, string>();
  // On Windows another program is asked who may write a file: not at each change.
  const known = new Map<string, string>();
  return {
    keep: async (secret, memoryOnly) => {
      const account = ACCOUNT + randomBytes(16).toString('base64url');
      const bytes = Buffer.from(secret, 'utf8');
      const done = await keychain.set(account, bytes);
      bytes.fill(0);
      if (!done.ok && !(done.error === 'none' && memoryOnly)) return done;
      if (!done.ok) inMemory.set(account, secret);
      return ok(`keychain:${account}`);
    },
    read: async (reference, manner) => {
      if (reference.startsWith(FILE)) {
        const text =
          (manner === 'quietly' ? known.get(reference) : undefined) ?? readManaged(reference.slice(FILE.length));
        if (text !== null) known.set(reference, text);
        return text === null ? err('file') : ok(text);
      }
      const account = accountOf(reference);
      if (account === null) return err('gone');
      const held = inMemory.get(account);
      return held === undefined ? await fromKeychain(keychain, account, manner) : ok(held);
    },
    drop: async (reference) => {
      const account = accountOf(reference);
      if (account === null) return ok(null);
      // What is only here is in no keychain.
      return inMemory.delete(account) ? ok(null) : await keychain.remove(account);
    },
    sweep: async (named) => await sweepAll(keychain, new Set(named.flatMap((each) => accountOf(each) ?? []))),
  };
}

/** Null: not one of ours. A table that was changed from outside must not reach what else is in the keychain. */
function accountOf(reference: string): string | null {
  return reference.startsWith(REFERENCE) ? reference.slice('keychain:'.length) : null;
}

async function fromKeychain(
  keychain: Keychain,
  account: string,
  manner: Manner,
): Promise<Result<string, SecretMissing>> {
  const usable = manner === 'quietly' ? await keychain.probe() : ok(null);
  if (!usable.ok) return usable;
  const read = await keychain.get(account);
  if (!read.ok) return read;
  if (read.value === null) return err('gone');
  const secret = Buffer.from(read.value).toString('utf8');
  read.value.fill(0);
  return ok(secret);
}

async function sweepAll(
  keychain: Pick<Keychain, 'accounts' | 'remove' | 'probe'>,
  named: ReadonlySet<string>,
): Promise<void> {
  const usable = await keychain.probe();
  const accounts = usable.ok ? await keychain.accounts() : usable;
  if (!accounts.ok) return;
  for (const account of accounts.value)
    if (account.startsWith(ACCOUNT) && !named.has(account)) await keychain.remove(account);
}
