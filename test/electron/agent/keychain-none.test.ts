import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemTimers } from '#electron/agent/clock.ts';
import { openDeviceKey } from '#electron/agent/device-key.ts';
import { openKeychain } from '#electron/agent/keychain.ts';

const before = process.env['DBUS_SESSION_BUS_ADDRESS'];
beforeAll(() => {
  process.env['DBUS_SESSION_BUS_ADDRESS'] = 'unix:path=/nonexistent/bus';
});
afterAll(() => {
  if (before === undefined) delete process.env['DBUS_SESSION_BUS_ADDRESS'];
  else process.env['DBUS_SESSION_BUS_ADDRESS'] = before;
});

it('a system without a keychain service has none: nothing is kept anywhere else', async () => {
  const keychain = openKeychain({ service: 'daypass-none', timers: systemTimers });
  const none = { ok: false, error: 'none' };
  expect(await keychain.probe()).toEqual(none);
  expect(await keychain.set('copy:a', Buffer.from('secret'))).toEqual(none);
  expect(await keychain.get('copy:a')).toEqual(none);
  expect(await keychain.remove('copy:a')).toEqual(none);
  expect(await keychain.accounts()).toEqual(none);
  expect(await openDeviceKey(keychain)).toEqual(none);
});
