// The real main and preload bundles on a desk, with a small agent behind them and a small page before them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { type Desk, openDesktop } from '#test/desktop/open-desktop.ts';
import { until } from '#test/desktop/until.ts';
import { buildShell } from './build-shell.ts';
import { TOKEN } from './small-agent.ts';

let folder: string;
let main: string;
let desk: Desk;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'daypass-shell-'));
  main = await buildShell(folder);
  desk = await openDesktop({ main });
});
afterAll(async () => {
  await desk[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function page(): Promise<Page> {
  return await desk.window('Shell page ready');
}

/** Sends a command as the page does. */
async function send(name: string, args: unknown = null): Promise<unknown> {
  return await (await page()).evaluate(`window.daypass.send(${JSON.stringify(name)}, ${JSON.stringify(args)})`);
}

async function look<T>(expression: string): Promise<T> {
  return (await (await page()).evaluate(expression)) as T;
}

/** Waits until the log has this many lines that fit. */
async function logged(match: string, times = 1): Promise<void> {
  await until(`${times} × ${match} in the log`, () => (desk.app.log().split(match).length > times ? true : undefined));
}

async function windowIsVisible(visible: boolean): Promise<void> {
  await until(`the window to be ${visible ? 'shown' : 'hidden'}`, async () =>
    (await desk.app.windows()).some((window) => window.visible) === visible ? true : undefined,
  );
}

describe('the window', () => {
  it('is loaded from an origin of its own, with no Node and no Electron in the page', async () => {
    expect(await look('isSecureContext')).toBe(true);
    expect(await look('[typeof require, typeof process, typeof module, typeof electron]')).toEqual(
      Array.from({ length: 4 }, () => 'undefined'),
    );
    expect(await look('Object.keys(window.daypass).sort()')).toEqual(['onRoute', 'onState', 'send']);
  });

  it('is pushed the state, without what the contract does not have', async () => {
    await until('a pushed state', async () => ((await look<number>('window.pushed.states')) > 0 ? true : undefined));
    const answer = (await send('get-state')) as { ok: boolean; value: Record<string, unknown> };
    expect(answer.ok).toBe(true);
    expect(answer.value['version']).toBeTypeOf('string');
    expect(JSON.stringify(answer)).not.toContain(TOKEN);
  });

  it('runs no inline script, no eval, no style attribute, no connection, no frame and no form', async () => {
    expect(await look('typeof window.inlineRan')).toBe('undefined');
    await expect(look('Promise.resolve().then(() => fetch("https://example.com"))')).rejects.toThrow(/fetch/);
    expect(
      await look(`new Promise((resolve) => {
        const broken = [];
        document.addEventListener('securitypolicyviolation', (event) => {
          broken.push(event.effectiveDirective);
          if (broken.length === 3) resolve(broken.sort());
        });
        const image = document.createElement('img');
        image.src = 'https://example.com/x.png';
        document.body.append(image);
        const frame = document.createElement('iframe');
        frame.src = 'https://example.com/';
        document.body.append(frame);
        const style = document.createElement('style');
        style.textContent = 'h1 { color: red }';
        document.head.append(style);
      })`),
    ).toEqual(['frame-src', 'img-src', 'style-src-elem']);
    await expect(look('(document.body.innerHTML = "<b>x</b>")')).rejects.toThrow(/TrustedHTML/);
  });

  it('goes nowhere else and opens nothing', async () => {
    const before = (await page()).url();
    await look('void window.open("https://example.com/")');
    await look('void (location.href = "https://example.com/")').catch(() => {});
    expect(await send('get-route')).toMatchObject({ ok: true });
    expect((await page()).url()).toBe(before);
    expect(await desk.app.windows()).toHaveLength(1);
  });

  it('is granted no permission', async () => {
    expect(await look('navigator.permissions.query({ name: "notifications" }).then((got) => got.state)')).not.toBe(
      'granted',
    );
    await expect(look('navigator.clipboard.readText()')).rejects.toThrow();
  });
});

describe('a hostile page', () => {
  it('gets a refusal for each of 10,000 malformed calls, changes nothing, and cannot fill the log', async () => {
    const before = desk.app.log().length;
    const codes = await look<Record<string, number>>(`(async () => {
      const junk = [undefined, 7, 'x', [], {}, { grantId: 'no' }, { grantId: ['a'] }, { __proto__: { a: 1 } }, 'y'.repeat(100000), { secret: '${TOKEN}' }];
      const names = ['done', 'copy-token', 'ask', 'preview', 'answer', 'change-setting', 'history', 'choose-person', 'retry', 'quit'];
      const codes = {};
      for (let round = 0; round < 100; round += 1) {
        const calls = [];
        for (let index = 0; index < 100; index += 1) {
          calls.push(window.daypass.send(names[index % 10], junk[(index * 7 + round) % 10]));
        }
        for (const answer of await Promise.all(calls)) {
          const code = answer.ok ? 'ok' : answer.error.code;
          codes[code] = (codes[code] ?? 0) + 1;
        }
      }
      return codes;
    })()`);
    expect(codes).toEqual({ malformed: 10_000 });
    const log = desk.app.log().slice(before);
    expect(log.split('\n').length).toBeLessThan(20);
    expect(log).not.toContain(TOKEN);
    expect(log).not.toContain('small.told');
    expect(await send('get-state')).toMatchObject({ ok: true });
  });

  it('cannot send to a channel that is no command', async () => {
    for (const name of ['daypass:state', 'electron-store-get-data', '__proto__', 'state'])
      await expect(send(name)).rejects.toThrow('no such command');
  });

  it('hears nothing of why a handler failed', async () => {
    const answer = await send('history', { fromMs: 0, toMs: 1 });
    expect(answer).toMatchObject({ ok: false, error: { code: 'internal' } });
    expect(JSON.stringify(answer)).not.toContain(TOKEN);
    await logged('command.failed');
    expect(desk.app.log()).not.toContain(TOKEN);
  });
});

describe('the tray', () => {
  it('checks out with one click where policy approves, and shows the time left', async () => {
    await desk.tray.click('Support chats · 1 hr');
    await logged('"name":"ask"');
    await until('the grant in the menu', async () =>
      (await desk.tray.menu()).some(({ label }) => label === 'Support chats · 1 hr left') ? true : undefined,
    );
    expect(await desk.tray.tooltip()).toContain('1 active, next 1 hr left');
  });

  it('copies the token for one grant, marked to be kept out of histories', async () => {
    await desk.tray.click('Support chats · 1 hr left', 'Copy token');
    await until('the token on the clipboard', async () => ((await desk.clipboard.read()) === TOKEN ? true : undefined));
    expect(await desk.clipboard.formats()).toContain('x-kde-passwordManagerHint');
    await send('close-welcome');
    await until('an empty clipboard', async () => ((await desk.clipboard.read()) === TOKEN ? undefined : true));
  });

  it('ends everything', async () => {
    await desk.tray.click('End everything now');
    await logged('"name":"end-everything"');
  });

  it('leads to the approvals', async () => {
    await desk.tray.click('Answer: Support chats for Bo Lind…');
    await until('the route', async () =>
      (await look<string>('JSON.stringify(window.pushed.routes.at(-1))')).includes('req_0000000000000000000002')
        ? true
        : undefined,
    );
  });
});

describe('closing and coming back', () => {
  it('hides the window instead of closing it, pushes nothing meanwhile, and tells the state when shown again', async () => {
    const [window] = await desk.app.windows();
    await desk.app.running.closeWindow(window?.id ?? 0);
    await windowIsVisible(false);
    const before = await look<number>('window.pushed.states');
    desk.session.lock();
    await logged('machine lock');
    desk.session.unlock();
    await logged('machine unlock');
    expect(await look<number>('window.pushed.states')).toBe(before);
    await desk.tray.click('Open Daypass');
    await windowIsVisible(true);
    await until('the state on show', async () =>
      (await look<number>('window.pushed.states')) > before ? true : undefined,
    );
  });

  it('shows the one window at a second start, and a link only prefills the form', async () => {
    const second = await desk.app.startSecond([
      'daypass://request?resource=dataset:support-chats&duration=PT2H&justification=please',
    ]);
    expect(second.code).toBe(0);
    await until('the prefilled form', async () =>
      (await look<string>('JSON.stringify(window.pushed.routes.at(-1))')).includes('"fromLink":true')
        ? true
        : undefined,
    );
    expect(await look('window.pushed.routes.at(-1).prefill')).toMatchObject({
      resource: 'dataset:support-chats',
      durationMs: 7_200_000,
    });
    await desk.app.startSecond(['daypass://approve?request=1']);
    await logged('link.refused');
  });
});

describe('notifications', () => {
  const SHOWN = 'Bo Lind asks';
  /** Asks for the notification, and waits until its first second is over for sure. */
  async function shown(): Promise<void> {
    const before = desk.notifications.list().length;
    await send('retry', { what: 'broker' });
    await until('the notification', () => (desk.notifications.list().length > before ? true : undefined));
    await firstSecondIsOver();
  }
  /** Time itself is what is waited for here. */
  async function firstSecondIsOver(): Promise<void> {
    const sinceMs = performance.now();
    await until('the first second to be over', () => (performance.now() - sinceMs > 1500 ? true : undefined));
  }

  it('say nothing that a server could take for markup, and turn no words around', async () => {
    await shown();
    const { body } = await desk.notifications.find(SHOWN);
    expect(body).toBe('Support chats, 1 h ‹b›bold‹/b› evil');
  });

  it('do nothing by their buttons while the screen is locked', async () => {
    desk.session.lock();
    await logged('machine lock', 2);
    await desk.notifications.press(SHOWN, 'Approve');
    await logged('"because":"locked"');
    desk.session.unlock();
    await logged('machine unlock', 2);
    expect(desk.app.log()).not.toContain('act approve');
  });

  it('do nothing in their first second and are shown again, and act after it', async () => {
    const before = desk.notifications.list().length;
    await send('retry', { what: 'broker' });
    await desk.notifications.press(SHOWN, 'Approve');
    await logged('"because":"too_soon"');
    expect(desk.app.log()).not.toContain('act approve');
    await until('it to be shown again', () => (desk.notifications.list().length > before + 1 ? true : undefined));
    await firstSecondIsOver();
    await desk.notifications.press(SHOWN, 'Approve');
    await logged('act approve');
  });
});

describe('settings', () => {
  it('are changed, kept, and applied', async () => {
    expect(await send('change-setting', { theme: 'dark' })).toEqual({ ok: true, value: null });
    await until('a dark page', async () =>
      (await look('matchMedia("(prefers-color-scheme: dark)").matches')) === true ? true : undefined,
    );
    expect(await send('change-setting', { textZoom: 9 })).toMatchObject({ error: { code: 'malformed' } });
  });
});

describe('the end', () => {
  it('closes the agent before the app is gone', async () => {
    expect((await desk.app.quit()).code).toBe(0);
    expect(desk.app.log()).toContain('"name":"close"');
    expect(desk.app.log()).toContain('"outcome":"closed"');
  });
});
