// The issuer's public keys, kept for a bounded time. While the issuer cannot be reached the known ones go on working;
// then nobody can tell who anybody is, which is not the same as an invalid token.
// Not jose's remote key set: that one knows only the wall clock, drops stale keys before it has new ones, and asks a
// dead issuer again for every call.
import { createLocalJWKSet, errors, type CryptoKey, type JWSHeaderParameters, type LocalJWKSet } from 'jose';
import { err, ok, type Result } from '#shared/domain/result.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS, type Clock, type EpochMs } from '#shared/domain/time.ts';
import { fetchIssuerKeys } from './discover.ts';
import type { FetchJson } from './issuer-fetch.ts';

/** After this they are read again, behind the callers' backs. */
const REFRESH_AFTER_MS = 10 * MINUTE_MS;
/** Without a word from the issuer for so long, its keys count as unknown. */
export const KEYS_KEPT_MS = 2 * HOUR_MS;
/** Unknown key ids make us ask the issuer, but not more often than this. */
const ASK_AGAIN_AFTER_MS = 10 * SECOND_MS;
/** While it fails, callers are answered at once. */
const AFTER_FAILURE_MS = 3 * SECOND_MS;

export type KeyNotFound = 'unknown_key' | 'issuer_unreachable';

export type IssuerKeys = {
  /** The key that a token's header names. */
  readonly find: (header: JWSHeaderParameters) => Promise<Result<CryptoKey, KeyNotFound>>;
  /** Changes with the published keys: what was verified under another set must be verified again. */
  readonly generation: () => number;
  /** Whether the keys are known and not too old; asks the issuer when they are not. */
  readonly areKnown: () => Promise<boolean>;
};

type Known = {
  readonly resolve: LocalJWKSet;
  readonly text: string;
  readonly readAtMs: EpochMs;
  readonly generation: number;
};

type Options = {
  readonly issuer: string;
  readonly clock: Clock;
  readonly fetchJson: FetchJson;
  /** Told when the issuer cannot be read. */
  readonly onTrouble: (error: unknown) => void;
};

export function createIssuerKeys({ issuer, clock, fetchJson, onTrouble }: Options): IssuerKeys {
  let known: Known | null = null;
  let failedAtMs: EpochMs | null = null;
  let reading: Promise<boolean> | null = null;

  const read = async (): Promise<boolean> => {
    try {
      const jwks = await fetchIssuerKeys(fetchJson, issuer);
      const text = JSON.stringify(jwks);
      const generation: number = known === null ? 0 : known.generation + (known.text === text ? 0 : 1);
      known = { resolve: createLocalJWKSet(jwks), text, readAtMs: clock.now(), generation };
      failedAtMs = null;
      return true;
    } catch (error) {
      failedAtMs = clock.now();
      onTrouble(error);
      return false;
    } finally {
      reading = null;
    }
  };
  const ageMs = (at: EpochMs): number => Math.abs(clock.now() - at);
  /** False at once while the last try failed a moment ago. */
  const ask = async (): Promise<boolean> => {
    if (reading === null && failedAtMs !== null && ageMs(failedAtMs) < AFTER_FAILURE_MS) return false;
    reading ??= read();
    return await reading;
  };
  const current = (): Known | null => (known !== null && ageMs(known.readAtMs) < KEYS_KEPT_MS ? known : null);
  const usable = async (): Promise<Known | null> => {
    const keys = current();
    if (keys === null) return (await ask()) ? known : null;
    if (ageMs(keys.readAtMs) >= REFRESH_AFTER_MS) void ask();
    return keys;
  };
  return {
    find: async (header) => {
      const keys = await usable();
      if (keys === null) return err('issuer_unreachable');
      const found = await resolve(keys, header);
      if (found !== null) return ok(found);
      // A key that was published since; an issuer that cannot be asked may have published it.
      if (failedAtMs === null && ageMs(keys.readAtMs) < ASK_AGAIN_AFTER_MS) return err('unknown_key');
      const asked = (await ask()) ? known : null;
      if (asked === null) return err('issuer_unreachable');
      const published = await resolve(asked, header);
      return published === null ? err('unknown_key') : ok(published);
    },
    generation: () => known?.generation ?? -1,
    areKnown: async () => (await usable()) !== null,
  };
}

async function resolve(keys: Known, header: JWSHeaderParameters): Promise<CryptoKey | null> {
  try {
    return await keys.resolve(header);
  } catch (error) {
    // No key, several keys, or one that cannot be used: all are not the key that we need.
    if (error instanceof errors.JOSEError || error instanceof TypeError || error instanceof DOMException) return null;
    throw error;
  }
}
