// Public device keys in the form that verifies, with their thumbprints: a device proves itself with the same key again
// and again. Pure functions of the key, so remembering them says nothing about anybody.
import { calculateJwkThumbprint, importJWK, type CryptoKey, type JWK } from 'jose';
import type { DeviceId } from '#shared/domain/identity.ts';

/** Checked already: the members that the algorithm's keys have, and no others. */
export type ProofKey = { readonly algorithm: string; readonly publicJwk: JWK };
export type ImportedKey = { readonly key: CryptoKey; readonly device: DeviceId };

const KEPT_AT_MOST = 1000;

export type ImportedKeys = {
  /** Null for a key that is none. */
  readonly of: (key: ProofKey) => Promise<ImportedKey | null>;
  /** For keys that have signed something: whoever holds none cannot push out the others. */
  readonly keep: (key: ProofKey, imported: ImportedKey) => void;
};

export function createImportedKeys(): ImportedKeys {
  const kept = new Map<string, ImportedKey>();
  return {
    of: async (key) => kept.get(nameOf(key)) ?? (await importKey(key)),
    keep: (key, imported) => {
      const name = nameOf(key);
      if (kept.has(name)) return;
      if (kept.size >= KEPT_AT_MOST) kept.clear();
      kept.set(name, imported);
    },
  };
}

function nameOf({ algorithm, publicJwk }: ProofKey): string {
  return JSON.stringify([algorithm, publicJwk.kty, publicJwk.crv, publicJwk.x, publicJwk.y]);
}

async function importKey({ algorithm, publicJwk }: ProofKey): Promise<ImportedKey | null> {
  try {
    const key = await importJWK(publicJwk, algorithm);
    if (key instanceof Uint8Array) return null;
    return { key, device: await calculateJwkThumbprint(publicJwk) };
  } catch {
    return null;
  }
}
