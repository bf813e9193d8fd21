// What the child that is killed does, and what its parent knows of it: wishes, ids, keys on disk, and the told lines.
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportJWK, importJWK, type CryptoKey, type JWK } from 'jose';
import type { BrokerKeys } from '#broker/config/read-keys.ts';
import type { Wish } from '#shared/client/broker-client.ts';
import { createDeviceKey, type DeviceKey } from '#shared/device/device-proof.ts';
import { createDesktopLog, type DesktopLog, numbered, signerOfDevice } from '#test/support/desktop-log.ts';
import { LEGISLATORS, PENGUINS } from '#test/support/access-steps.ts';

export type WishName = 'first' | 'extension' | 'people';
export const WISHES: Readonly<Record<WishName, Wish>> = { first: PENGUINS, extension: PENGUINS, people: LEGISLATORS };

const idsOf = (name: string) => ({ key: `key-of-${name}`, collectId: `collect-id-of-${name}` });
export const IDS: Readonly<Record<WishName, { readonly key: string; readonly collectId: string }>> = {
  first: idsOf('first'),
  extension: idsOf('extension'),
  people: idsOf('people'),
};

export type Told =
  | { readonly kind: 'submitted'; readonly name: WishName; readonly requestId: string }
  | { readonly kind: 'answered'; readonly requestId: string }
  | {
      readonly kind: 'collected';
      readonly collectId: string;
      readonly requestId: string;
      readonly grantId: string;
      readonly endsAt: string;
      readonly credentialId: string;
      readonly secret: string;
    }
  | { readonly kind: 'released'; readonly grantId: string; readonly state: string }
  | { readonly kind: 'appended'; readonly next: number }
  | { readonly kind: 'trouble'; readonly where: string; readonly message: string }
  | { readonly kind: 'stopped'; readonly point: string }
  | { readonly kind: 'done'; readonly counts: Readonly<Record<string, number>> };

/** Where the batches of the device's own log end. */
export const BATCHES = [2, 3] as const;

/** The same log however often it is made. */
export function deviceLog(key: DeviceKey): DesktopLog {
  const log = createDesktopLog(signerOfDevice(key));
  log.add(...numbered(0, BATCHES[1]));
  return log;
}

const NAMES = ['tokenWrapping', 'ledger', 'keyedHash', 'erasure'] as const;

/** Makes the keys of a broker and of its one device, as files of the test's folder. */
export async function writeKeys(folder: string): Promise<void> {
  const device = await createDeviceKey({ extractable: true });
  const jwk = await exportJWK(device.privateKey);
  const seeds = Object.fromEntries(NAMES.map((name) => [name, randomBytes(32).toString('base64url')]));
  writeFileSync(join(folder, 'keys.json'), JSON.stringify({ seeds, device: device.device, jwk }), { mode: 0o600 });
}

type KeyFile = {
  readonly seeds: Readonly<Record<keyof BrokerKeys, string>>;
  readonly device: string;
  readonly jwk: JWK;
};

function readFile(folder: string): KeyFile {
  return JSON.parse(readFileSync(join(folder, 'keys.json'), 'utf8')) as KeyFile;
}

export function readKeys(folder: string): BrokerKeys {
  const { seeds } = readFile(folder);
  const bytes = (name: keyof BrokerKeys): Buffer => Buffer.from(seeds[name], 'base64url');
  return {
    tokenWrapping: bytes('tokenWrapping'),
    ledger: bytes('ledger'),
    keyedHash: bytes('keyedHash'),
    erasure: bytes('erasure'),
  };
}

export async function readDevice(folder: string): Promise<DeviceKey> {
  const { device, jwk } = readFile(folder);
  const { d: _private, ...publicJwk } = jwk;
  return { device, publicJwk, privateKey: (await importJWK(jwk, 'EdDSA', { extractable: true })) as CryptoKey };
}
