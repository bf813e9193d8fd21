// The key that names this desktop, kept in the keychain. It is made once: a keychain that cannot be read never leads
// to another key in its place, and a stored one that cannot be understood is left as it is.
import { calculateJwkThumbprint, exportJWK, importJWK, type JWK } from 'jose';
import { z } from 'zod';
import { createDeviceKey, type DeviceKey } from '#shared/device/device-proof.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { Keychain, KeychainProblem } from './keychain-port.ts';

const ACCOUNT = 'device-key';

/** `damaged`: something is kept under its name that is no device key; a person must decide. */
export type DeviceKeyProblem = KeychainProblem | 'damaged';

const storedSchema = z.strictObject({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  d: z.string(),
});

/** Loads the device key; makes and keeps one when the keychain says that there is none. Asks once at a time. */
export async function openDeviceKey(keychain: Keychain): Promise<Result<DeviceKey, DeviceKeyProblem>> {
  const kept = await keychain.get(ACCOUNT);
  if (!kept.ok) return kept;
  if (kept.value !== null) return await fromBytes(kept.value);
  const made = await createDeviceKey({ extractable: true });
  const bytes = await toBytes(made);
  const stored = await keychain.set(ACCOUNT, bytes);
  bytes.fill(0);
  if (!stored.ok) return stored;
  // What is used is what was kept: a key that cannot be read again would be another one at the next start.
  const again = await keychain.get(ACCOUNT);
  if (!again.ok) return again;
  return again.value === null ? err('failed') : await fromBytes(again.value);
}

async function toBytes({ privateKey }: DeviceKey): Promise<Uint8Array> {
  const { kty, crv, x, d } = await exportJWK(privateKey);
  return Buffer.from(JSON.stringify({ kty, crv, x, d }));
}

/** Fills the bytes with zeros. */
async function fromBytes(bytes: Uint8Array): Promise<Result<DeviceKey, DeviceKeyProblem>> {
  try {
    const jwk = storedSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
    const publicJwk: JWK = { kty: jwk.kty, crv: jwk.crv, x: jwk.x };
    const privateKey = await importJWK({ ...jwk }, 'Ed25519', { extractable: true });
    if (privateKey instanceof Uint8Array) return err('damaged');
    return ok({ device: await calculateJwkThumbprint(publicJwk), publicJwk, privateKey });
  } catch {
    // What was thrown may quote the key.
    return err('damaged');
  } finally {
    bytes.fill(0);
  }
}
