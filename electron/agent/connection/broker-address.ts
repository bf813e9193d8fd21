// Addresses that a sign-in or a broker may have: https anywhere, http on this very machine for trying things out.
import { createHash } from 'node:crypto';

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);
const NAME_LENGTH = 12;

/** Whether what goes there can be read by nobody on the way. */
export function isSafeAddress(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, username, password } = new URL(address);
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname));
}

/** The same broker has the same name, however its address was written. For a folder: letters, digits, dots, dashes. */
export function areaNameOf(brokerUrl: string): string {
  const { href, hostname } = new URL(brokerUrl);
  const hash = createHash('sha256').update(href.replace(/\/+$/, '')).digest('hex').slice(0, NAME_LENGTH);
  return `${hostname.replaceAll(/[^a-z0-9.-]/g, '')}-${hash}`;
}
