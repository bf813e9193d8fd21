import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSecrets } from '#broker/config/secrets.ts';
import { readTlsFiles, TlsError } from '#broker/listen/tls-files.ts';
import { makeCertificate, type Certificate } from './certificate.ts';
import { openListener } from './open-listener.ts';

let folder: string;
let first: Certificate;
let second: Certificate;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'daypass-tls-'));
  first = makeCertificate(folder, 'first');
  second = makeCertificate(folder, 'second');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const NOW = Date.now();
const read = async (certificate: string, key: string, nowMs = NOW) =>
  await readTlsFiles(
    { certificate: `file:${certificate}`, key: `file:${key}` },
    createSecrets({ folder, env: {} }),
    nowMs,
  );

describe('certificate and key', () => {
  it('are read, the certificate also when others may read it', async () => {
    chmodSync(first.certFile, 0o644);
    chmodSync(first.keyFile, 0o600);
    const files = await read('first.pem', 'first.key');
    expect(files).toMatchObject({ cert: first.cert.trimEnd(), key: first.key.trimEnd() });
    expect(files.expiresAtMs).toBeGreaterThan(NOW + 29 * 86_400_000);
  });

  it('are refused when they do not fit together, are no such thing, are over, or the key is open to others', async () => {
    await expect(read('first.pem', 'second.key')).rejects.toThrow(
      new TlsError('file:second.key: is not the key of file:first.pem'),
    );
    await expect(read('first.key', 'first.key')).rejects.toThrow('file:first.key: is no certificate in PEM');
    await expect(read('first.pem', 'first.pem')).rejects.toThrow(/first\.pem: is (?:no private key|open to other)/);
    await expect(read('first.pem', 'first.key', NOW + 31 * 86_400_000)).rejects.toThrow('file:first.pem: has expired');
    await expect(read('gone.pem', 'first.key')).rejects.toThrow('file:gone.pem: there is no such file');
    chmodSync(second.keyFile, 0o644);
    await expect(read('second.pem', 'second.key')).rejects.toThrow('is open to other users');
    chmodSync(second.keyFile, 0o600);
  });
});

describe('a listener with TLS', () => {
  const served = (certificate: Certificate) => ({ ...certificate, expiresAtMs: NOW + 1 });

  function get(port: number, ca: string): Promise<{ readonly status: number; readonly body: string }> {
    return new Promise((resolve, reject) => {
      const call = request({ port, host: '127.0.0.1', path: '/v1/me', ca, agent: false }, (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => void (body += chunk.toString()));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      });
      call.on('error', reject);
      call.end();
    });
  }

  it('serves, and after a reload shows new callers the new certificate without losing the old ones', async () => {
    const listener = await openListener({
      tls: served(first),
      fetch: async () => await Promise.resolve(new Response('secret-free')),
    });
    try {
      expect(listener.api.publicUrl).toBe(`https://127.0.0.1:${listener.port}`);
      expect(await get(listener.port, first.cert)).toEqual({ status: 200, body: 'secret-free' });
      await expect(get(listener.port, second.cert)).rejects.toThrow();
      listener.servers.setTls(served(second));
      expect(await get(listener.port, second.cert)).toEqual({ status: 200, body: 'secret-free' });
      await expect(get(listener.port, first.cert)).rejects.toThrow();
    } finally {
      await listener.close();
    }
  });

  it('refuses versions that are broken', async () => {
    const listener = await openListener({
      tls: served(first),
      fetch: async () => await Promise.resolve(new Response('')),
    });
    const shake = (version: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'): Promise<string> =>
      new Promise((resolve) => {
        const socket = connect(
          {
            port: listener.port,
            host: '127.0.0.1',
            ca: first.cert,
            minVersion: version,
            maxVersion: version,
            ciphers: version === 'TLSv1.1' ? 'DEFAULT@SECLEVEL=0' : 'DEFAULT',
          },
          () => {
            resolve(socket.getProtocol() ?? '');
            socket.destroy();
          },
        );
        socket.on('error', () => resolve('refused'));
      });
    try {
      expect(await shake('TLSv1.1')).toBe('refused');
      expect(await shake('TLSv1.2')).toBe('TLSv1.2');
      expect(await shake('TLSv1.3')).toBe('TLSv1.3');
    } finally {
      await listener.close();
    }
  });
});
