// The device keys of an audit torture, each in a file of its own. One that is lost is lost to its desktop only: the
// network may still sign a call anew that was on its way, and the check still knows whose log was whose.
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeProtectedHeader, exportJWK, importJWK, type CryptoKey, type JWK } from 'jose';
import { createDeviceKey, type DeviceKey, signDeviceProof } from '#shared/device/device-proof.ts';
import type { Call } from './network.ts';

/** Makes and keeps a key where there is none, as a desktop does with its keychain. */
export async function openDeviceKey(file: string): Promise<DeviceKey> {
  if (existsSync(file)) return await readDeviceKey(file);
  const made = await createDeviceKey({ extractable: true });
  writeFileSync(`${file}.new`, JSON.stringify({ device: made.device, jwk: await exportJWK(made.privateKey) }), {
    mode: 0o600,
  });
  renameSync(`${file}.new`, file);
  return made;
}

export async function readDeviceKey(file: string): Promise<DeviceKey> {
  const { device, jwk } = JSON.parse(readFileSync(file, 'utf8')) as { device: string; jwk: JWK };
  const { d: _private, ...publicJwk } = jwk;
  // A private Ed25519 JWK gives a key, never bytes.
  const privateKey = (await importJWK(jwk, 'EdDSA', { extractable: true })) as CryptoKey;
  return { device, publicJwk, privateKey };
}

/** Signs a call anew with the key that signed it, wherever in this folder that is. */
export function resigner(folder: string): (call: Call, url: string) => Promise<Call> {
  const known = new Map<string, DeviceKey>();
  return async (call, url) => {
    const { method, path, headers } = call;
    const { x = '' } = decodeProtectedHeader(String(headers['dpop'])).jwk ?? {};
    if (!known.has(x))
      for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
        const found = await readDeviceKey(join(folder, file));
        known.set(found.publicJwk.x ?? '', found);
      }
    const key = known.get(x);
    if (key === undefined) throw new Error(`nobody has the key of a call of ${call.name}`);
    const dpop = await signDeviceProof({ key, method, url: new URL(path, url).href, nowMs: Date.now() });
    return { ...call, headers: { ...headers, dpop } };
  };
}
