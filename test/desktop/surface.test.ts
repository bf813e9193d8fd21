// What the stand-in does not have, it says by name: nothing is quietly absent.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { NotInStandIn, emitterOf, eventOf, only } from './standin/missing.ts';

const REGISTER = path.join(import.meta.dirname, 'standin/register.ts');

/** Runs a line of an app's main process; gives the error that it ended with. */
async function errorOf(code: string, type: 'module' | 'commonjs'): Promise<string> {
  const args = ['--import', REGISTER, `--input-type=${type}`, '-e', `${code};process.exit(0)`];
  const env = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent' };
  return promisify(execFile)(process.execPath, args, { env }).then(
    () => 'none',
    (error: { stderr?: string }) => error.stderr ?? '',
  );
}

describe('a member that is not offered', () => {
  it('throws with its name', () => {
    const thing = only('thing', { here: 1 });
    expect(thing.here).toBe(1);
    expect(() => (thing as Record<string, unknown>)['away']).toThrow(new NotInStandIn('thing.away'));
    expect(JSON.stringify(thing)).toBe('{"here":1}');
  });
  it('throws on an object that emits events, and for an event that it never emits', () => {
    class Thing extends emitterOf('Thing', ['happened']) {}
    const thing = new Thing();
    let happened = 0;
    thing.on('happened', () => (happened += 1));
    thing.emit('happened');
    expect(happened).toBe(1);
    expect(() => thing.on('other', () => {})).toThrow("the event 'other' of Thing is not in the stand-in");
    expect(() => (thing as unknown as Record<string, unknown>)['away']).toThrow('Thing.away is not in the stand-in');
  });
  it('throws in a module and in a required one', async () => {
    expect(await errorOf(`import electron from 'electron'; electron.safeStorage`, 'module')).toContain(
      'electron.safeStorage is not in the stand-in',
    );
    expect(await errorOf(`import { safeStorage } from 'electron'`, 'module')).toContain(
      "does not provide an export named 'safeStorage'",
    );
    expect(await errorOf(`const { crashReporter } = require('electron/main')`, 'commonjs')).toContain(
      'electron.crashReporter is not in the stand-in',
    );
    expect(await errorOf(`import { app } from 'electron'; app.dock; app.getGPUInfo`, 'module')).toContain(
      'app.getGPUInfo is not in the stand-in',
    );
    expect(
      await errorOf(`import { BrowserWindow } from 'electron'; new BrowserWindow({ kiosk: true })`, 'module'),
    ).toContain("the window option 'kiosk' is not in the stand-in");
  });
});

describe('an event object', () => {
  it('can be prevented, as in Electron', () => {
    const event = eventOf({ url: 'app://x/' });
    expect(event.defaultPrevented).toBe(false);
    event.preventDefault();
    expect([event.url, event.defaultPrevented]).toEqual(['app://x/', true]);
  });
});
