// Certificates for tests, made on the spot by OpenSSL: for 127.0.0.1 and localhost or other names, signed by themselves.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Certificate = {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
};

/** Writes NAME.pem and NAME.key into the folder. */
export function makeCertificate(
  folder: string,
  name: string,
  options: { readonly days?: number; readonly names?: string } = {},
): Certificate {
  const certFile = join(folder, `${name}.pem`);
  const keyFile = join(folder, `${name}.key`);
  const subject = [
    '-subj',
    `/CN=${name}`,
    '-addext',
    `subjectAltName=${options.names ?? 'IP:127.0.0.1,DNS:localhost'}`,
  ];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', keyFile];
  const days = ['-days', String(options.days ?? 30)];
  execFileSync('openssl', ['req', '-x509', ...key, '-out', certFile, ...days, ...subject], { stdio: 'ignore' });
  return { certFile, keyFile, cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
}
