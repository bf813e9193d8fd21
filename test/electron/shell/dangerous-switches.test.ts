import { describe, expect, it } from 'vitest';
import { refusedAtStart } from '#electron/shell/dangerous-switches.ts';

const start = (
  argv: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  known: readonly string[] = [],
): readonly string[] => refusedAtStart({ argv, environment, hasSwitch: (name) => known.includes(name) });

describe('the start of a packaged app', () => {
  it('is allowed as the launcher, the login and a link start it', () => {
    expect(start(['--hidden', '--config', '/etc/x.yaml', '--data=/home/a', 'daypass://open'])).toEqual([]);
    expect(
      start(['--enable-features=UseOzonePlatform', '--ozone-platform=wayland', '--force-device-scale-factor=2']),
    ).toEqual([]);
  });

  it.each([
    '--remote-debugging-port=9222',
    '--remote-debugging-pipe',
    '--remote-debugging-address=0.0.0.0',
    '--inspect',
    '--inspect=0.0.0.0:9229',
    '--inspect-brk',
    '--inspect-brk-node=1',
    '--js-flags=--expose-gc',
    '--log-net-log=/tmp/x',
    '--ssl-key-log-file=/tmp/x',
    '--proxy-server=http://x',
    '--proxy-pac-url=http://x',
    '--ignore-certificate-errors',
    '--ignore-certificate-errors-spki-list=x',
    '--host-resolver-rules=MAP * 127.0.0.1',
    '--disable-web-security',
    '--load-extension=/tmp/x',
    '--no-sandbox',
    '--disable-gpu-sandbox',
    '--user-data-dir=/tmp/x',
    '--renderer-cmd-prefix=/tmp/x',
    '--browser-subprocess-path=/tmp/x',
    '--zygote-cmd-prefix=/tmp/x',
    '--no-zygote',
    '--no-zygote-sandbox',
    '--wait-for-debugger-children=renderer',
    '--allow-sandbox-debugging',
    '--require=/tmp/x.js',
    '-inspect',
    '/remote-debugging-port=1',
    '--Remote-Debugging-Port=1',
    '--remote_debugging_port=1',
  ])('is refused with %s', (argument) => {
    expect(start(['--hidden', argument])).toHaveLength(1);
  });

  it('is refused for a switch that only Chromium saw', () => {
    expect(start([], {}, ['remote-debugging-port'])).toEqual(['--remote-debugging-port']);
    expect(start([], {}, ['no-sandbox'])).toEqual(['--no-sandbox']);
  });

  it('is refused for variables that do the same, not for empty ones', () => {
    expect(start([], { NODE_OPTIONS: '--inspect', SSLKEYLOGFILE: '', PATH: '/bin' })).toEqual(['NODE_OPTIONS']);
  });

  it('names what it refuses, never the value', () => {
    expect(start(['--proxy-server=http://user:secret@x'])).toEqual(['--proxy-server']);
  });
});
