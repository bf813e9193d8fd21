// Starts and ends: one instance, an orderly end, a killed app, and a desk that leaves nothing behind.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { until } from './until.ts';
import type { Desk } from './open-desktop.ts';
import { FIXTURE_MAIN, openFixture, run } from './fixture/open-fixture.ts';

/** The processes of a desk: those that carry its mark, and its browser, which writes over its environment. */
function marked(desk: { readonly mark: string; readonly folder: string }): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    const has = (file: string, text: string): boolean => readProc(pid, file).includes(text);
    return has('environ', `DAYPASS_DESK=${desk.mark}\0`) || has('cmdline', `--user-data-dir=${desk.folder}/`);
  });
}

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}

const of = (desk: Desk): { mark: string; folder: string } => ({
  mark: desk.env['DAYPASS_DESK'] ?? '',
  folder: path.dirname(desk.home),
});

/** Starts a process of its own that opens a desk and says where it is. */
async function startOwner(): Promise<{ owner: ChildProcess; mark: string; folder: string; display: string }> {
  const script = `import { openDesktop } from ${JSON.stringify(path.join(import.meta.dirname, 'open-desktop.ts'))};
    const desk = await openDesktop({ main: ${JSON.stringify(FIXTURE_MAIN)} });
    await desk.window();
    console.log(JSON.stringify([desk.env.DAYPASS_DESK, desk.home, desk.env.DISPLAY]));
    setInterval(() => {}, 1000);`;
  const owner = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: import.meta.dirname,
  });
  let text = '';
  for await (const chunk of owner.stdout) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  const [mark = '', home = '', display = ''] = JSON.parse(text) as string[];
  return { owner, mark, folder: path.dirname(home), display };
}

describe('the app', () => {
  it('is there once per data folder: a second start hands over what it was started with', async () => {
    await using desk = await openFixture();
    await desk.app.waitForLog('loaded');
    expect(await desk.app.startSecond(['--new', 'fixture://x y'])).toEqual({ code: 0, signal: null });
    await desk.app.waitForLog('second instance --new fixture://x y {"from":"fixture"}');
    expect(await desk.app.windows()).toHaveLength(1);
  });
  it('starts again after it was killed, on the same home', async () => {
    await using desk = await openFixture();
    await desk.app.waitForLog('loaded');
    expect(await desk.app.kill('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
    await desk.app.start();
    await desk.app.waitForLog('loaded');
    expect(await run(desk, 'echo', 'again')).toBe('again');
  });
  it('takes its browser along when it is killed', async () => {
    await using desk = await openFixture();
    await desk.app.waitForLog('loaded');
    const browsers = (): number =>
      marked(of(desk)).filter((pid) => readProc(pid, 'cmdline').includes('--user-data-dir=')).length;
    expect(browsers()).toBeGreaterThan(0);
    await desk.app.kill('SIGKILL');
    await until('the browser to end', () => (browsers() === 0 ? true : undefined));
  });
  it('ends in the order of Electron when it is told to', async () => {
    await using desk = await openFixture();
    await desk.app.waitForLog('loaded');
    expect(await desk.app.quit()).toEqual({ code: 0, signal: null });
    expect(desk.app.log()).toMatch(/before quit[\s\S]*window closed[\s\S]*will quit[\s\S]*quit/);
    expect(desk.app.log()).not.toContain('all windows closed');
  });
  it('may keep its window open when it is closed, and then does not quit', async () => {
    await using desk = await openFixture({ args: ['--keep'] });
    await desk.app.waitForLog('loaded');
    const [window] = await desk.app.windows();
    await desk.app.running.closeWindow(window?.id ?? 0);
    expect(await desk.app.windows()).toHaveLength(1);
    await desk.app.running.quit();
    await desk.app.waitForLog('before quit');
    expect(await run(desk, 'echo', 'still here')).toBe('still here');
  });
});

describe('a desk', () => {
  it('leaves neither processes nor files when it is disposed of', async () => {
    const desk = await openFixture();
    await desk.window();
    expect(marked(of(desk)).length).toBeGreaterThan(8);
    await desk[Symbol.asyncDispose]();
    expect(marked(of(desk))).toEqual([]);
    expect(existsSync(path.dirname(desk.home))).toBe(false);
    expect(existsSync(`/tmp/.X${(desk.env['DISPLAY'] ?? '').slice(1)}-lock`)).toBe(false);
  });
  it('leaves nothing when its owner is killed', async () => {
    const { owner, mark, folder, display } = await startOwner();
    expect(marked({ mark, folder }).length).toBeGreaterThan(8);
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    await until('all of the desk to be gone', () =>
      marked({ mark, folder }).length === 0 && !existsSync(folder) ? true : undefined,
    );
    expect(existsSync(`/tmp/.X11-unix/X${display.slice(1)}`)).toBe(false);
  });
});
