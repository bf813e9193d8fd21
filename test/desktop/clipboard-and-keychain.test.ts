// The clipboard and the keyring of the desk, each seen by a program that knows nothing of the stand-in.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from './until.ts';
import { openFixture, run } from './fixture/open-fixture.ts';
import type { Desk } from './open-desktop.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openFixture();
});
afterAll(async () => desk[Symbol.asyncDispose]());

describe('the clipboard', () => {
  it('holds all formats of one write at once', async () => {
    await run(desk, 'copy');
    expect(await desk.clipboard.read()).toBe('copied');
    expect(await desk.clipboard.read('x-kde-passwordManagerHint')).toBe('secret');
    expect(await desk.clipboard.formats()).toContain('x-kde-passwordManagerHint');
    expect(await run(desk, 'formats')).toEqual([
      'text/plain',
      'electron application/osclipboard;format="x-kde-passwordManagerHint"',
    ]);
  });
  it('is empty after it was cleared', async () => {
    await run(desk, 'copy');
    await run(desk, 'clear');
    await until('an empty clipboard', async () => ((await desk.clipboard.read()) === '' ? true : undefined));
    expect(await run(desk, 'paste')).toBe('');
  });
  it('is read by the app when another program has written it', async () => {
    await run(desk, 'copy');
    await desk.clipboard.write('from elsewhere ✓');
    expect(await run(desk, 'paste')).toBe('from elsewhere ✓');
    expect(await desk.clipboard.formats()).not.toContain('x-kde-passwordManagerHint');
  });
});

describe('the keyring', () => {
  const store = (): Promise<string> =>
    desk.run(['secret-tool', 'store', '--label=Token', 'service', 'fixture', 'username', 'a b'], 'line 1\nline 2');

  it('is read with all that belongs to an item', async () => {
    expect(await desk.keychain.list({ service: 'fixture' })).toEqual([]);
    await store();
    const [item] = await desk.keychain.list({ service: 'fixture' });
    expect(item).toMatchObject({
      label: 'Token',
      secret: 'line 1\nline 2',
      attributes: { service: 'fixture', username: 'a b' },
    });
  });
  it('is locked and unlocked without anything on the screen', async () => {
    await desk.keychain.lock();
    expect(await desk.keychain.isLocked()).toBe(true);
    await expect(desk.keychain.list({ service: 'fixture' })).rejects.toThrow('locked');
    await desk.keychain.unlock();
    expect(await desk.keychain.list({ service: 'fixture' })).toHaveLength(1);
  });
  it('goes away and comes back with what it held', async () => {
    await desk.keychain.stop();
    await expect(desk.keychain.list({ service: 'fixture' })).rejects.toThrow();
    await desk.keychain.restart();
    expect(await desk.keychain.list({ service: 'fixture' })).toHaveLength(1);
  });
});
