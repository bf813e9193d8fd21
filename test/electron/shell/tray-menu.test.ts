import { describe, expect, it } from 'vitest';
import { type TrayItem } from '#electron/shell/tray-item.ts';
import { trayView } from '#electron/shell/tray-menu.ts';
import { trayImageFile, trayLook } from '#electron/shell/tray-icon.ts';
import type { SignInState } from '#shared/contracts/desktop/connection.ts';
import type { DesktopState } from '#shared/contracts/desktop/state.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';
import {
  chats,
  NOW_MS,
  sampleApproval,
  sampleGrant,
  samplePreset,
  sampleRequest,
  sampleSink,
  sampleState,
} from './sample-state.ts';

const labels = (items: readonly TrayItem[]): readonly string[] =>
  items.flatMap((item) =>
    item.type === 'separator' ? [] : [item.label, ...(item.type === 'submenu' ? labels(item.items) : [])],
  );
const view = (changes: Partial<DesktopState>, nowMs = NOW_MS) => trayView(sampleState(changes), nowMs, 'en');
const words = (changes: Partial<DesktopState>, nowMs = NOW_MS): readonly string[] => labels(view(changes, nowMs).items);
const find = (items: readonly TrayItem[], label: string): TrayItem | undefined =>
  items.find((item) => item.type !== 'separator' && item.label === label);

const teamWith = (signIn: SignInState, changes: Partial<DesktopState> = {}): Partial<DesktopState> => ({
  connection: { kind: 'team', url: 'https://broker.example', signInHost: 'login.example', managed: false, signIn },
  ...changes,
});
const signedOut = { broker: { kind: 'signed_out' } } as const;

describe('the menu of a team', () => {
  it.each([
    ['never', 'Not signed in'],
    ['signed_out', 'Signed out'],
    ['expired', 'Your sign-in has run out'],
    ['refused', 'This account may not use the broker'],
  ] as const)('offers to sign in when %s, keeps what is held usable, and offers no check-out', (why, said) => {
    const all = words({ ...teamWith({ kind: 'signed_out', why }, signedOut), grants: [sampleGrant()] });
    expect(all.slice(0, 2)).toEqual([said, 'Sign in…']);
    expect(all).toContain('Copy token');
    expect(all).toContain('Done');
    expect(all).not.toContain('Check out…');
    expect(view(teamWith({ kind: 'signed_out', why }, signedOut)).toolTip).toBe('Daypass · signed out');
    expect(trayLook(sampleState(teamWith({ kind: 'signed_out', why }, signedOut)))).toBe('offline');
  });

  it('says that a sign-in is under way, and lets it be cancelled', () => {
    const browser = teamWith({ kind: 'in_browser', sinceMs: NOW_MS, fresh: false }, signedOut);
    expect(words(browser).slice(0, 2)).toEqual(['Waiting for your sign-in…', 'Cancel the sign-in']);
    const code = {
      kind: 'device_code',
      userCode: 'AB-CD',
      verificationUrl: 'https://x',
      expiresAtMs: 1,
      fresh: false,
    } as const;
    expect(words(teamWith(code, signedOut)).slice(0, 2)).toEqual(['Show the sign-in code…', 'Cancel the sign-in']);
    // A code on a menu could be read over a shoulder for as long as the menu is open.
    expect(words(teamWith(code, signedOut)).join()).not.toContain('AB-CD');
  });

  it('offers to sign in anew only where nobody is signed in', () => {
    const failed = { kind: 'failed', code: 'timed_out' } as const;
    expect(words(teamWith(failed, signedOut))).toContain('Sign in…');
    expect(words(teamWith(failed))).not.toContain('Sign in…');
    expect(words(teamWith(failed))).toContain('Check out…');
    expect(words(teamWith({ kind: 'signed_in', name: 'Ana', freshUntilMs: null }))[0]).toBe('Check out…');
  });

  it('calls an emergency that waits for an answer what it is', () => {
    const all = words({ approvals: [sampleApproval({ breakGlass: true })] });
    expect(all.some((label) => label.startsWith('Emergency: '))).toBe(true);
  });
});

describe('the menu of the tray', () => {
  it('offers little while the app starts', () => {
    expect(labels(trayView(null, 0, 'en').items)).toEqual(['Daypass is starting…', 'Quit Daypass']);
  });

  it('offers check-out, window, settings and quit when nothing is held', () => {
    expect(words({})).toEqual(['Check out…', 'Open Daypass', 'Settings…', 'Quit Daypass']);
  });

  it('gives each active grant its time left and Copy, Copy as, Extend and Done', () => {
    expect(words({ grants: [sampleGrant()] })).toEqual([
      'Check out…',
      'Support chats · 1 hr left',
      'Copy token',
      'Copy as',
      'curl',
      'Python',
      'Extend',
      'Done',
      'End everything now',
      'Open Daypass',
      'Settings…',
      'Quit Daypass',
    ]);
  });

  it.each([
    [3 * DAY_MS + 4 * HOUR_MS, '3 days, 4 hr left'],
    [DAY_MS, '1 day left'],
    [DAY_MS - 1, '1 day left'],
    [23 * HOUR_MS + 59 * MINUTE_MS, '23 hr, 59 min left'],
    [90 * MINUTE_MS, '1 hr, 30 min left'],
    [MINUTE_MS, '1 min left'],
    [MINUTE_MS - 1, '<1 min left'],
    [0, 'ending'],
    [-5, 'ending'],
  ])('says a time left of %d ms as "%s"', (leftMs, text) => {
    expect(words({ grants: [sampleGrant({ endsAtMs: NOW_MS + leftMs })] })).toContain(`Support chats · ${text}`);
  });

  it('knows when a label says something else, and then it does', () => {
    const grants = [sampleGrant({ endsAtMs: NOW_MS + 10 * MINUTE_MS + 1500 })];
    const first = view({ grants });
    expect(first.changesInMs).toBe(1500);
    expect(words({ grants }, NOW_MS)).toContain('Support chats · 11 min left');
    expect(words({ grants }, NOW_MS + 1500)).toContain('Support chats · 10 min left');
    expect(view({}).changesInMs).toBeNull();
  });

  it('asks at once only where policy approves, hides what it denies and what is held', () => {
    const held = samplePreset({ resource: { ...chats, id: 'dataset:held', name: 'Held' } });
    const { items } = view({
      grants: [sampleGrant({ resource: held.resource })],
      presets: [
        held,
        samplePreset(),
        samplePreset({
          resource: { ...chats, id: 'model:m', name: 'Model' },
          outcome: 'needs_approval',
          favourite: true,
        }),
        samplePreset({ resource: { ...chats, id: 'dataset:no', name: 'No' }, outcome: 'denied' }),
      ],
    });
    expect(labels(items).slice(1, 3)).toEqual(['★ Model · 1 hr…', 'Support chats · 1 hr']);
    expect(labels(items).join()).not.toContain('No ·');
  });

  it('shows what waits for the person, the words of others last', () => {
    const text = words({
      approvals: [sampleApproval()],
      requests: [sampleRequest(), sampleRequest({ phase: 'waiting' })],
    });
    expect(text).toContain('Start now: Support chats');
    expect(text).toContain('Answer: Support chats for Bo Lind…');
    expect(text.filter((label) => label.startsWith('Start now'))).toHaveLength(1);
  });

  it('has one clean short line for a hostile name', () => {
    const name = `\u202Eevil\u0000\n${'x'.repeat(1_000_000)}`;
    const [line] = words({ grants: [sampleGrant({ resource: { ...chats, name } })] }).filter((label) =>
      label.includes('evil'),
    );
    expect(line?.length).toBeLessThan(70);
    expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it('stays a menu with a thousand grants', () => {
    const grants = Array.from({ length: 1000 }, (_, index) => sampleGrant({ grantId: `g${index}` }));
    expect(words({ grants })).toContain('988 more…');
  });

  it('offers to try a failed wipe again, and no copy of it', () => {
    const { items } = view({ grants: [sampleGrant({ phase: 'wipe_failed' })] });
    const entry = find(items, 'Support chats · could not be wiped');
    expect(entry?.type === 'submenu' && labels(entry.items)).toEqual(['Try again now', 'Show…']);
  });
});

describe('the icon of the tray', () => {
  it.each<[ReturnType<typeof trayLook>, Partial<DesktopState>]>([
    ['idle', {}],
    ['active', { grants: [sampleGrant()] }],
    ['ending', { grants: [sampleGrant(), sampleGrant({ phase: 'ending' })], approvals: [sampleApproval()] }],
    ['waiting', { grants: [sampleGrant()], approvals: [sampleApproval()] }],
    ['waiting', { requests: [sampleRequest()] }],
    ['offline', { broker: { kind: 'offline', sinceMs: 0 }, grants: [sampleGrant()] }],
    ['trouble', { broker: { kind: 'failed', code: 'gateway_port_taken', problems: [] } }],
    ['trouble', { keychain: { kind: 'locked' } }],
    ['trouble', { grants: [sampleGrant({ phase: 'wipe_failed' })] }],
    ['trouble', { clockJump: { byMs: DAY_MS, atMs: 0 } }],
    ['idle', { keychain: { kind: 'none' }, memoryOnly: true }],
  ])('is %s', (look, changes) => {
    expect(trayLook(sampleState(changes))).toBe(look);
  });

  it('is a template on macOS, an icon on Windows, a picture for the panel on Linux', () => {
    expect(trayImageFile('ending', 'dark', 'darwin')).toBe('endingTemplate.png');
    expect(trayImageFile('ending', 'dark', 'win32')).toBe('ending-dark.ico');
    expect(trayImageFile('idle', 'light', 'linux')).toBe('idle-light.png');
  });
});

describe('the log in the tray', () => {
  const stuck = { kind: 'stuck', records: 3, code: 'unauthorized', sinceMs: NOW_MS, needsPerson: true } as const;
  const place = { do: 'open', route: { screen: 'sinks' } };

  it('says which place it does not reach, leads there, and shows trouble', () => {
    const needs = { sinks: [sampleSink({ state: stuck, needsLook: true }), sampleSink({ name: 'copy' })] };
    const label = 'The log does not reach siem…';
    expect(find(view(needs).items, label)).toEqual({ type: 'action', label, action: place });
    expect(trayLook(sampleState(needs))).toBe('trouble');
  });

  it('says nothing before it needs a person, nor when it is over', () => {
    for (const sinks of [[sampleSink({ state: stuck })], [sampleSink()], []]) {
      expect(words({ sinks }).join()).not.toContain('log');
      expect(trayLook(sampleState({ sinks }))).toBe('idle');
    }
  });

  it('counts several, tells what was refused for good from what is stuck, and an alarm from both', () => {
    const needy = (name: string, refused = false) =>
      sampleSink({ name, needsLook: true, ...(refused ? { deadLetters: 2 } : { state: stuck }) });
    expect(words({ sinks: [needy('a'), needy('b')] })).toContain('The log does not reach 2 places…');
    expect(words({ sinks: [needy('copy', true)] })).toContain('copy refused records of the log…');
    const alarm = { sync: { kind: 'alarm', code: 'smaller' } } as const;
    expect(words(alarm)).toContain('The log and the broker do not agree…');
    expect(trayLook(sampleState(alarm))).toBe('trouble');
  });
});
