// Which network addresses an upstream may have. Pure: names are resolved elsewhere.
import ipaddr from 'ipaddr.js';

export type AddressVerdict = 'public' | 'private' | 'refused';

/** Metadata endpoints of clouds that lie outside link-local: they hand out the machine's own credentials. */
const METADATA = new Set(['100.100.100.200', '168.63.129.16', 'fd00:ec2::254']);
const PRIVATE_RANGES = new Set<string>(['loopback', 'private', 'uniqueLocal', 'carrierGradeNat']);

function embeddedIpv4(address: ipaddr.IPv6): ipaddr.IPv4 | null {
  const range = address.range();
  if (range !== 'ipv4Mapped' && range !== 'rfc6052') return null;
  return new ipaddr.IPv4(address.toByteArray().slice(12));
}

/**
 * Judges a literal address. Link-local, unspecified, multicast, reserved, tunnelled and metadata addresses are
 * refused always; IPv4 inside IPv6 (mapped, NAT64) is judged as that IPv4 address; what cannot be read is refused.
 */
export function judgeAddress(text: string): AddressVerdict {
  if (!ipaddr.isValid(text)) return 'refused';
  const address = ipaddr.parse(text);
  const inner = address instanceof ipaddr.IPv6 ? embeddedIpv4(address) : null;
  if (inner !== null) return judgeAddress(inner.toString());
  if (METADATA.has(address.toString())) return 'refused';
  const range = address.range();
  if (range === 'unicast') return 'public';
  return PRIVATE_RANGES.has(range) ? 'private' : 'refused';
}

export function isAddressAllowed(text: string, privateNetwork: boolean): boolean {
  const verdict = judgeAddress(text);
  return verdict === 'public' || (verdict === 'private' && privateNetwork);
}
