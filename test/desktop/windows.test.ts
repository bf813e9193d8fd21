// A window of the stand-in: its worlds are apart, its policy holds, and it goes nowhere that the app does not want.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from './until.ts';
import { openFixture, run } from './fixture/open-fixture.ts';
import type { Desk } from './open-desktop.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openFixture();
});
afterAll(async () => desk[Symbol.asyncDispose]());

const inPage = async (expression: string): Promise<unknown> => (await desk.window()).evaluate(expression);
const state = async (): Promise<string> => String(await inPage('document.visibilityState'));

describe('the page', () => {
  it('is loaded over the scheme of the app, as a secure place', async () => {
    const page = await desk.window('Fixture');
    expect(await page.textContent('h1')).toBe('Fixture');
    expect(await inPage('isSecureContext')).toBe(true);
    expect((await desk.app.windows())[0]?.url).toBe('app://fixture/index.html');
  });
  it('sees nothing of Node, of Electron or of the wires to them', async () => {
    const names = [
      'require',
      'process',
      'module',
      'ipcRenderer',
      'electron',
      '__standInSend',
      '__standInReceive',
      'Buffer',
    ];
    const types = await inPage(`${JSON.stringify(names)}.map((name) => typeof globalThis[name])`);
    expect(types).toEqual(names.map(() => 'undefined'));
  });
  it('cannot change what the preload gave it', async () => {
    const changed = `(() => { 'use strict'; try { fixture.run = 1; return 'changed'; } catch (error) { return error.name; } })()`;
    expect(await inPage(changed)).toBe('TypeError');
    expect(await inPage('Object.isFrozen(fixture) && Object.isFrozen(fixture.deep)')).toBe(true);
  });
  it('has the policy of the app in force', async () => {
    // In a task of its own: what a debugger runs may use eval, whatever the policy says.
    const evaluated = `new Promise((resolve) => setTimeout(() => { try { resolve(eval('1')); } catch (error) { resolve(error.name); } }))`;
    expect(await inPage(evaluated)).toBe('EvalError');
    const blocked = `new Promise((resolve) => {
      document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective), { once: true });
      const script = document.createElement('script'); script.textContent = 'globalThis.injected = true'; document.body.append(script);
    })`;
    expect(await inPage(blocked)).toBe('script-src-elem');
    expect(await inPage('typeof globalThis.injected')).toBe('undefined');
    expect(await inPage(`fetch('https://example.org/').then(() => 'reached', (error) => error.name)`)).toBe(
      'TypeError',
    );
  });
  it('gets only the permissions that the app gives', async () => {
    const permission = (name: string): Promise<unknown> =>
      inPage(`navigator.permissions.query({ name: '${name}' }).then(({ state }) => state)`);
    expect(await permission('notifications')).toBe('granted');
    expect(await permission('geolocation')).toBe('denied');
    expect(await permission('clipboard-read')).toBe('denied');
  });
  it('cannot reach a handler from a frame inside of it', async () => {
    const inFrame = `new Promise((resolve) => {
      const frame = document.createElement('iframe'); frame.src = 'index.html';
      frame.onload = () => { const type = typeof frame.contentWindow.fixture; frame.remove(); resolve(type); };
      document.body.append(frame);
    })`;
    expect(await inPage(inFrame)).toBe('undefined');
    // A frame is a navigation too, and the page of the fixture says no to none of its own.
    expect(await run(desk, 'echo', 1)).toBe(1);
  });
});

describe('the bridge', () => {
  it('carries the values of a structured clone both ways', async () => {
    const check = `(async () => {
      const loop = { list: [1] }; loop.self = loop;
      const sent = { date: new Date(5), bytes: new Uint8Array([1, 2, 250]), map: new Map([['a', { b: 1n }]]), set: new Set([1]), none: undefined, nan: NaN, minus: -0, loop };
      const got = await fixture.run('echo', sent);
      return [got.date instanceof Date && got.date.getTime() === 5, got.bytes instanceof Uint8Array && got.bytes[2] === 250,
        got.map.get('a').b === 1n, got.set.has(1), 'none' in got && got.none === undefined, Number.isNaN(got.nan), Object.is(got.minus, -0), got.loop.self === got.loop];
    })()`;
    expect(await inPage(check)).toEqual([true, true, true, true, true, true, true, true]);
  });
  it('keeps a key that names the prototype a plain key', async () => {
    const got = await inPage(
      `fixture.run('echo', JSON.parse('{"__proto__":{"admin":true},"a":1}')).then((got) => [Object.keys(got).sort(), got.admin === undefined, Object.getPrototypeOf(got) === Object.prototype])`,
    );
    expect(got).toEqual([['__proto__', 'a'], true, true]);
  });
  it('refuses what cannot be cloned', async () => {
    expect(await inPage(`fixture.run('echo', () => 1).then(() => 'sent', (error) => error.message)`)).toMatch(
      /could not be cloned/,
    );
  });
  it('carries functions, promises and errors between the worlds', async () => {
    expect(await inPage('fixture.deep.sum(2, 3)')).toBe(5);
    expect(await inPage('fixture.later(async (n) => n + 1, 20)')).toBe(42);
    expect(
      await inPage(
        `(() => { try { fixture.fail(); } catch (error) { return [error instanceof Error, error.name, error.message]; } })()`,
      ),
    ).toEqual([true, 'RangeError', 'in the preload']);
  });
  it('tells the page of a failed handler in the words of Electron', async () => {
    await expect(run(desk, 'fail')).rejects.toThrow("Error invoking remote method 'run': TypeError: on purpose");
  });
  it('brings messages of the main process until the page no longer listens', async () => {
    const heard = `new Promise((resolve) => { const off = fixture.onHeard((text) => { off(); resolve(text); }); fixture.say('once'); })`;
    expect(await inPage(heard)).toBe('once');
    expect(await inPage(`document.getElementById('heard').textContent`)).toBe('once');
  });
});

describe('navigation', () => {
  it('is announced to the app, which refuses it', async () => {
    await inPage(`document.getElementById('away').click()`);
    await desk.app.waitForLog('will-navigate https://example.org/away');
    expect((await desk.app.windows())[0]?.url).toBe('app://fixture/index.html');
    expect(await inPage(`document.querySelector('h1').textContent`)).toBe('Fixture');
  });
  it('does not open windows', async () => {
    const page = await desk.window();
    await page.evaluate(
      `void document.body.addEventListener('click', () => window.open('https://example.org/opened'), { once: true })`,
    );
    await page.click('h1');
    await desk.app.waitForLog('open https://example.org/opened');
    expect(await desk.app.windows()).toHaveLength(1);
    expect(await run(desk, 'echo', 'alive')).toBe('alive');
  });
  it('answers what the app does not have with what the app says', async () => {
    expect(await inPage(`fetch('../../etc/passwd').then(({ status }) => status)`)).toBe(404);
  });
});

describe('the window', () => {
  it('is hidden for the page too, and comes back with the focus', async () => {
    expect(await state()).toBe('visible');
    await run(desk, 'hide');
    await desk.app.waitForLog('window hide');
    await until('the page to be hidden', async () => ((await state()) === 'hidden' ? true : undefined));
    expect((await desk.app.windows())[0]?.visible).toBe(false);
    await run(desk, 'show');
    await until('the page to be visible', async () => ((await state()) === 'visible' ? true : undefined));
    await until('the focus', async () => ((await desk.app.windows())[0]?.focused === true ? true : undefined));
    await until('the focus in the page', async () =>
      (await inPage('document.hasFocus()')) === true ? true : undefined,
    );
  });
  it('has the colours that the app asks for', async () => {
    const dark = `matchMedia('(prefers-color-scheme: dark)').matches`;
    expect(await inPage(dark)).toBe(false);
    await run(desk, 'theme', 'dark');
    await desk.app.waitForLog('dark true');
    await until('dark colours', async () => ((await inPage(dark)) === true ? true : undefined));
    await run(desk, 'theme', 'system');
    await until('light colours', async () => ((await inPage(dark)) === false ? true : undefined));
  });
  it('knows the screen without its panel', async () => {
    expect(await run(desk, 'screen')).toEqual({ x: 0, y: 30, width: 1280, height: 770 });
  });
});
