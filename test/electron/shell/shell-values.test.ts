// The small pure parts of the shell: settings in force, launch options, placement, routes, notices, words, autostart.
import { describe, expect, it } from 'vitest';
import { autostartEntry } from '#electron/shell/autostart-entry.ts';
import { chooseConfigFile, launchOptions } from '#electron/shell/launch-options.ts';
import { judgePress } from '#electron/shell/notice-guard.ts';
import { noticeText } from '#electron/shell/notice-text.ts';
import { createRouteBox } from '#electron/shell/route-box.ts';
import { settingsInForce } from '#electron/shell/settings-values.ts';
import { placeWindow, WINDOW_SIZE } from '#electron/shell/window-placement.ts';
import { oneLine } from '#electron/shell/words.ts';
import { settingsSchema } from '#shared/contracts/desktop/settings.ts';

describe('the settings in force', () => {
  it('fall back one by one when a stored value does not fit', () => {
    const { state, fellBack } = settingsInForce({ theme: 'dark', textZoom: 'big', extra: 1, wipeOnQuit: false }, {});
    expect(state.values).toEqual({ ...settingsSchema.parse({}), theme: 'dark', wipeOnQuit: false });
    expect(fellBack).toEqual(['textZoom']);
  });

  it('are the managed ones where there are any', () => {
    const { state } = settingsInForce({ wipeOnLock: false, theme: 'dark' }, { wipeOnLock: true, shortcut: null });
    expect(state.values).toMatchObject({ wipeOnLock: true, theme: 'dark', shortcut: null });
    expect(state.managed.toSorted()).toEqual(['shortcut', 'wipeOnLock']);
  });
});

describe('the launch options', () => {
  const base = {
    argv: [] as readonly string[],
    environment: { config: null, data: null } as { config: string | null; data: string | null },
    managed: {},
    defaultDataFolder: '/home/a/.config/Daypass',
    workingFolder: '/home/ana',
  };

  it('come from flags before the environment before the default, and from the organisation before all', () => {
    expect(launchOptions(base)).toEqual({
      dataFolder: '/home/a/.config/Daypass',
      configFile: null,
      hidden: false,
      link: null,
    });
    const environment = { config: '/env.yaml', data: '/env' };
    expect(launchOptions({ ...base, environment })).toMatchObject({ dataFolder: '/env', configFile: '/env.yaml' });
    const argv = ['--data', 'own', '--config=/own.yaml', '--hidden', 'daypass://open'];
    expect(launchOptions({ ...base, environment, argv })).toEqual({
      dataFolder: '/home/ana/own',
      configFile: '/own.yaml',
      hidden: true,
      link: 'daypass://open',
    });
    const managed = { configFile: '/etc/m.yaml', dataFolder: '/var/m' };
    expect(launchOptions({ ...base, environment, argv, managed })).toMatchObject({
      dataFolder: '/var/m',
      configFile: '/etc/m.yaml',
    });
  });

  it('take no flag for the value of another', () => {
    expect(launchOptions({ ...base, argv: ['--data', '--hidden'] })).toMatchObject({
      dataFolder: base.defaultDataFolder,
      hidden: true,
    });
  });

  it('find the configuration as told, else in the data folder, else the shipped example', () => {
    const places = { told: null, dataFolder: '/d', examplesFolder: '/e', exists: () => false };
    expect(chooseConfigFile({ ...places, told: '/t.yaml' })).toBe('/t.yaml');
    expect(chooseConfigFile({ ...places, exists: (file) => file === '/d/daypass.yaml' })).toBe('/d/daypass.yaml');
    expect(chooseConfigFile(places)).toBe('/e/solo/daypass.yaml');
  });
});

describe('the place of the window', () => {
  const screen = { x: 0, y: 0, width: 1280, height: 760 };
  const screens = { areas: [screen], current: screen, cursor: { x: 1270, y: 5 }, tray: null };

  it('is by the tray, wholly on the screen', () => {
    expect(placeWindow(null, screens)).toEqual({ x: 1280 - WINDOW_SIZE.width - 8, y: 36, ...WINDOW_SIZE });
    const tray = { x: 600, y: 740, width: 20, height: 20 };
    expect(placeWindow(null, { ...screens, tray })).toMatchObject({ x: 410, y: 760 - WINDOW_SIZE.height - 8 });
  });

  it('leaves room for a title bar above only where nobody told where the tray is', () => {
    expect(placeWindow(null, { ...screens, tray: { x: 1200, y: 0, width: 20, height: 20 } }).y).toBe(8);
  });

  it('is where the person left it, unless that screen is gone', () => {
    const left = { x: 100, y: 100, width: 500, height: 600 };
    expect(placeWindow(left, screens)).toEqual(left);
    const gone = { ...left, x: 3000 };
    expect(placeWindow(gone, screens)).toMatchObject({ width: 500, height: 600, y: 36 });
  });

  it('shrinks to a small screen', () => {
    const small = { x: 0, y: 0, width: 320, height: 400 };
    expect(placeWindow(null, { areas: [small], current: small, cursor: { x: 0, y: 0 }, tray: null })).toEqual({
      x: 8,
      y: 8,
      width: 304,
      height: 384,
    });
  });
});

describe('the route of the window', () => {
  it('waits for a window that loads, once, and is told to one that listens', () => {
    const box = createRouteBox();
    const settings = { screen: 'settings' } as const;
    expect(box.go(settings)).toBeNull();
    expect(box.go(null)).toBeNull();
    expect(box.take()).toEqual(settings);
    expect(box.take()).toEqual({ screen: 'access', grantId: null });
    expect(box.go(settings)).toEqual(settings);
    expect(box.go(null)).toBeNull();
    box.forget();
    expect(box.go({ screen: 'history' })).toBeNull();
    expect(box.take()).toEqual({ screen: 'history' });
  });
});

describe('a press on a notification', () => {
  const press = { shownAtMs: 1000, nowMs: 2000, locked: false, current: true };

  it('counts from its second second on', () => {
    expect(judgePress(press)).toEqual({ counts: true });
    expect(judgePress({ ...press, nowMs: 1999 })).toEqual({ counts: false, because: 'too_soon' });
    expect(judgePress({ ...press, shownAtMs: null })).toEqual({ counts: false, because: 'too_soon' });
  });

  it('does not count on a locked screen, nor on one that was replaced', () => {
    expect(judgePress({ ...press, locked: true })).toEqual({ counts: false, because: 'locked' });
    expect(judgePress({ ...press, current: false })).toEqual({ counts: false, because: 'stale' });
  });
});

describe('the text of a notification', () => {
  const notice = {
    title: 'Bo asks\u202E',
    body: `Chats <a href="x">&amp;</a> ${'y'.repeat(1_000_000)}`,
    actions: ['Approve', 'Reject', 'Third'].map((label) => ({ kind: 'start', label, requestId: 'r' }) as const),
  };

  it('is short, clean and never markup', () => {
    const { title, body, labels } = noticeText(notice, 'linux');
    expect(title).toBe('Bo asks');
    expect(body).not.toMatch(/[<>&]/);
    expect(body.length).toBeLessThanOrEqual(240);
    expect(labels).toEqual(['Approve', 'Reject']);
    expect(noticeText(notice, 'darwin').body).toContain('<a href');
  });
});

describe('one line', () => {
  it('has no control, bidi or invisible characters, and keeps emoji and accents whole', () => {
    expect(oneLine('a\r\n\tb\u2066c\u2069 \u200Bd', 40)).toBe('a b c d');
    expect(oneLine('né 👩 ok', 40)).toBe('né 👩 ok');
    expect(oneLine('abcdef', 4)).toBe('abc…');
    expect(oneLine(`e${'\u0301'.repeat(5000)}`, 10).length).toBeLessThan(200);
  });
});

describe('the entry that starts the app at login', () => {
  it('quotes the program as the entry format wants it', () => {
    expect(autostartEntry('/opt/Day pass/daypass')).toContain('Exec="/opt/Day pass/daypass" --hidden\n');
    expect(autostartEntry('/a"$`\\%/x')).toContain('Exec="/a\\\\"\\\\$\\\\`\\\\\\\\%%/x" --hidden\n');
  });

  it('has a line break in no value', () => {
    expect(() => autostartEntry('/a\nExec=evil')).toThrow();
  });
});
