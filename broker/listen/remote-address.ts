// Whose call it is by address: the socket's peer, or the one that configured proxies name. A header that anybody else
// sends means nothing.
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = readonly [Address, number];

export type TrustedProxies = { readonly has: (address: Address) => boolean };

/** Takes addresses and ranges as the configuration checked them. */
export function trustedProxies(ranges: readonly string[]): TrustedProxies {
  const parsed = ranges.map(parseRange);
  return {
    has: (address) => parsed.some(([base, bits]) => base.kind() === address.kind() && address.match(base, bits)),
  };
}

function parseRange(text: string): Range {
  const [base, bits] = text.includes('/') ? ipaddr.parseCIDR(text) : [ipaddr.parse(text), null];
  return [base, bits ?? (base.kind() === 'ipv4' ? 32 : 128)];
}

/** An address as text; `unknown` for a socket that has gone. IPv4 in IPv6 is IPv4. */
export function remoteAddressOf(
  peer: string | undefined,
  forwardedFor: string | undefined,
  proxies: TrustedProxies,
): string {
  const socket = parseAddress(peer ?? '');
  if (socket === null) return 'unknown';
  let nearest: Address = socket;
  // From the right: each entry was written by the one after it, so only what a trusted proxy wrote is believed.
  const hops = forwardedFor === undefined ? [] : forwardedFor.split(',').reverse();
  for (const hop of hops) {
    if (!proxies.has(nearest)) break;
    const address = parseAddress(hop.trim());
    if (address === null) break;
    nearest = address;
  }
  return nearest.toString();
}

/** Some proxies write the port, too. */
function parseAddress(text: string): Address | null {
  const bare = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(text)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(text)?.[1] ?? text;
  // The library also reads `1`, `0x7f.1` and zone ids: none of them is what a proxy writes.
  if (!/^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)$/.test(bare) || !ipaddr.isValid(bare)) return null;
  return ipaddr.process(bare);
}
