// The device key as the signer of the outbox. The private half stays inside.
import { KeyObject } from 'node:crypto';
import { type LogSigner, signerOf } from '#shared/audit/log-key.ts';
import type { DeviceKey } from '#shared/device/device-proof.ts';

/** Takes a key that was made extractable, as one from a keychain is (else Node warns). Throws when the key is not Ed25519, or not the one that its thumbprint names. */
export function deviceSigner({ device, privateKey }: DeviceKey): LogSigner {
  const signer = signerOf(KeyObject.from(privateKey));
  if (signer.publicKey.thumbprint !== device) throw new TypeError('the device key is not the one that it is named by');
  return signer;
}
