// The key that names this desktop, kept in the keychain, and the next one while it is being changed. A keychain that
// cannot be read never leads to another key in its place, and a stored one that cannot be understood is left as it is.
import { calculateJwkThumbprint, exportJWK, importJWK, type JWK } from 'jose';
import { z } from 'zod';
import { createDeviceKey, type DeviceKey } from '#shared/device/device-proof.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { Keychain, KeychainProblem } from './keychain-port.ts';

const ACCOUNT = 'device-key';
const NEXT_ACCOUNT = 'device-key-next';

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
  const kept = await read(keychain, ACCOUNT);
  if (!kept.ok) return kept;
  if (kept.value !== null) return ok(kept.value);
  return await keep(keychain, ACCOUNT, await createDeviceKey({ extractable: true }));
}

/** Makes the key that is to take the place of the one that is used, and keeps it beside that. */
export async function makeNextKey(keychain: Keychain): Promise<Result<DeviceKey, DeviceKeyProblem>> {
  return await keep(keychain, NEXT_ACCOUNT, await createDeviceKey({ extractable: true }));
}

/** Null: none waits. */
export async function readNextKey(keychain: Keychain): Promise<Result<DeviceKey | null, DeviceKeyProblem>> {
  return await read(keychain, NEXT_ACCOUNT);
}

/** Deletes the key that waits: the one that is used stays. */
export async function dropNextKey(keychain: Keychain): Promise<Result<null, DeviceKeyProblem>> {
  return await keychain.remove(NEXT_ACCOUNT);
}

/** The key that waits is the one that is used from now on, and the one before is deleted. Again is the same. */
export async function useNextKey(keychain: Keychain): Promise<Result<DeviceKey, DeviceKeyProblem>> {
  const next = await readNextKey(keychain);
  if (!next.ok) return next;
  if (next.value === null) return await openDeviceKey(keychain);
  const kept = await keep(keychain, ACCOUNT, next.value);
  if (!kept.ok) return kept;
  const dropped = await dropNextKey(keychain);
  return dropped.ok ? kept : dropped;
}

async function read(keychain: Keychain, account: string): Promise<Result<DeviceKey | null, DeviceKeyProblem>> {
  const kept = await keychain.get(account);
  if (!kept.ok) return kept;
  return kept.value === null ? ok(null) : await fromBytes(kept.value);
}

/** What is used is what was kept: a key that cannot be read again would be another one at the next start. */
async function keep(keychain: Keychain, account: string, key: DeviceKey): Promise<Result<DeviceKey, DeviceKeyProblem>> {
  const bytes = await toBytes(key);
  const stored = await keychain.set(account, bytes);
  bytes.fill(0);
  if (!stored.ok) return stored;
  const again = await read(keychain, account);
  if (!again.ok) return again;
  return again.value === null ? err('failed') : ok(again.value);
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
