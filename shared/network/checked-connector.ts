// How this program connects to others: TLS is always checked, whatever the environment says, and in clear only this machine
// is spoken to. What is sent over it is not its business.
import { isIP } from 'node:net';
import { getCACertificates } from 'node:tls';
import { buildConnector } from 'undici';
import type { DurationMs } from '../domain/time.ts';

/**
 * For the `connect` of an undici agent. `authorities`: PEM certificates that are trusted; absent: those of the system and of
 * the program. Reading these takes its time, so make it when the first connection is needed. `timeoutMs`: to be connected.
 */
export function checkedConnector(
  authorities: readonly string[] | undefined,
  timeoutMs: DurationMs,
): buildConnector.connector {
  const connect = buildConnector({
    ca: [...(authorities ?? systemAuthorities())],
    // Said aloud: otherwise a variable of the environment turns the check off.
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    allowH2: false,
    timeout: timeoutMs,
  });
  return (options, callback) => {
    connect(options, (...[error, socket]) => {
      if (error !== null) return callback(error, null);
      // A name of this machine may be made to lead elsewhere: in clear we speak to nobody else.
      if (options.protocol !== 'https:' && !isLoopback(socket.remoteAddress ?? '')) {
        socket.destroy();
        return callback(new Error('http to another machine'), null);
      }
      return callback(null, socket);
    });
  };
}

/** Organisations put their own authority into the system's store. */
function systemAuthorities(): readonly string[] {
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system')])];
}

function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:/, '');
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'));
}
