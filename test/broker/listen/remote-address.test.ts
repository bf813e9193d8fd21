import { describe, expect, it } from 'vitest';
import { remoteAddressOf, trustedProxies } from '#broker/listen/remote-address.ts';

const PROXIES = trustedProxies(['10.0.0.0/8', '192.0.2.7', 'fd00::/8']);
const from = (peer: string | undefined, forwardedFor?: string): string => remoteAddressOf(peer, forwardedFor, PROXIES);

describe('the address of a caller', () => {
  it('is the peer’s, whatever it forwards, unless a configured proxy is the peer', () => {
    expect(from('203.0.113.9')).toBe('203.0.113.9');
    expect(from('203.0.113.9', '198.51.100.1')).toBe('203.0.113.9');
    expect(from('::ffff:203.0.113.9', '198.51.100.1')).toBe('203.0.113.9');
    expect(from(undefined)).toBe('unknown');
  });

  it('is the right-most one that no trusted proxy has: what stands before it anybody may have written', () => {
    expect(from('10.1.2.3', '198.51.100.1')).toBe('198.51.100.1');
    expect(from('::ffff:10.1.2.3', '198.51.100.1')).toBe('198.51.100.1');
    expect(from('10.1.2.3', '127.0.0.1, 10.9.9.9, 198.51.100.1, 192.0.2.7')).toBe('198.51.100.1');
    expect(from('fd00::1', '2001:db8::5')).toBe('2001:db8::5');
  });

  it('is the farthest proxy when all are trusted', () => {
    expect(from('10.1.2.3', '10.0.0.1, 10.0.0.2')).toBe('10.0.0.1');
  });

  it('stops at what is no address: the one that wrote it is the last that is known', () => {
    expect(from('10.1.2.3', 'unknown')).toBe('10.1.2.3');
    expect(from('10.1.2.3', '198.51.100.1, _hidden, 10.0.0.5')).toBe('10.0.0.5');
    expect(from('10.1.2.3', '')).toBe('10.1.2.3');
    for (const odd of ['1', '0x7f.0.0.1', '256.1.1.1', '::1%eth0', '127.1'])
      expect(from('10.1.2.3', odd), odd).toBe('10.1.2.3');
  });

  it('is read with the port that some proxies add', () => {
    expect(from('10.1.2.3', '198.51.100.1:5123')).toBe('198.51.100.1');
    expect(from('10.1.2.3', '[2001:db8::5]:443')).toBe('2001:db8::5');
  });
});
