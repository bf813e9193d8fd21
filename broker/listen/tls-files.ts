// Certificate and key of the listeners: read, checked to belong together, read again on reload. Never logs the key.
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import type { EpochMs } from '#shared/domain/time.ts';
import type { Secrets } from '#broker/config/secrets.ts';

export type TlsFiles = {
  /** PEM, the server's own first. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  readonly expiresAtMs: EpochMs;
};

/** Says in plain words what is wrong with the files; no part of the key is in it. */
export class TlsError extends Error {
  override readonly name = 'TlsError';
}

/** Reads both. Throws a TlsError or a SecretError when they cannot serve, also when the certificate is over. */
export async function readTlsFiles(
  references: { readonly certificate: string; readonly key: string },
  secrets: Secrets,
  nowMs: EpochMs,
): Promise<TlsFiles> {
  const cert = await secrets.readPublic(references.certificate);
  const key = await secrets.read(references.key);
  const certificate = parse(() => new X509Certificate(cert), references.certificate, 'is no certificate in PEM');
  const privateKey: KeyObject = parse(() => createPrivateKey(key), references.key, 'is no private key in PEM');
  if (!certificate.checkPrivateKey(privateKey))
    throw new TlsError(`${references.key}: is not the key of ${references.certificate}`);
  const expiresAtMs = certificate.validToDate.getTime();
  if (expiresAtMs <= nowMs) throw new TlsError(`${references.certificate}: has expired`);
  return { cert, key, expiresAtMs };
}

function parse<T>(read: () => T, reference: string, message: string): T {
  try {
    return read();
  } catch {
    throw new TlsError(`${reference}: ${message}`);
  }
}
