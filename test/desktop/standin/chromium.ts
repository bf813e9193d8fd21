// The one Chromium of a running app: its process, its windows' targets, and its end with the app.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { CdpPipe } from './cdp-pipe.ts';
import { report } from './control.ts';

// The wrapper script of Debian measures the machine at each start; the program itself does without.
const PROGRAM =
  ['/usr/lib/chromium/chromium', '/usr/bin/chromium', '/usr/bin/chromium-browser'].find((file) => existsSync(file)) ??
  'chromium';

const FLAGS = [
  '--no-sandbox',
  '--test-type',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-component-extensions-with-background-pages',
  '--disable-default-apps',
  '--disable-extensions',
  '--disable-breakpad',
  '--disable-crash-reporter',
  '--disable-sync',
  '--no-pings',
  '--password-store=basic',
  '--disable-features=Translate,MediaRouter,OptimizationHints,DialMediaRouteProvider',
  '--disable-dev-shm-usage',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];
// The sleep of the desk is the app's alone: a browser that hears of it drops the connections of its debuggers.
const ENVIRONMENT = { ...process.env, DBUS_SYSTEM_BUS_ADDRESS: 'unix:path=/nonexistent' };
// No permission is asked for on the screen: what the app's handlers say is set for each page.
const PREFERENCES = {
  browser: { custom_chrome_frame: false, has_seen_welcome_page: true },
  credentials_enable_service: false,
  profile: { password_manager_enabled: false },
};

type TargetInfo = {
  readonly targetId: string;
  readonly type: string;
  readonly url: string;
  readonly openerId?: string;
};
type Attached = { readonly sessionId: string; readonly targetInfo: TargetInfo };
export type PageTarget = { readonly sessionId: string; readonly targetId: string; readonly mark: string };
export type TargetEvents = {
  readonly onEvent: (method: string, params: unknown) => void;
  readonly onGone: () => void;
};

export class Chromium {
  readonly cdp: CdpPipe;
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #expected = new Map<string, (target: PageTarget) => void>();
  readonly #bySession = new Map<string, TargetEvents>();
  readonly #byTarget = new Map<string, { readonly events: TargetEvents; readonly sessionId: string }>();
  readonly #exited: Promise<void>;

  /** Starts Chromium with its profile in `folder`, with no window. */
  constructor(folder: string) {
    this.#folder = folder;
    endLeftover(folder);
    mkdirSync(path.join(folder, 'Default'), { recursive: true });
    writeFileSync(path.join(folder, 'Default', 'Preferences'), JSON.stringify(PREFERENCES));
    const own = [
      '--remote-debugging-pipe',
      '--remote-debugging-port=0',
      '--no-startup-window',
      '--disable-background-mode',
    ];
    this.#process = spawn(PROGRAM, [...this.#flags(), ...own], {
      env: ENVIRONMENT,
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    });
    const [, , , out, input] = this.#process.stdio;
    if (
      out === null ||
      out === undefined ||
      !('write' in out) ||
      input === null ||
      input === undefined ||
      !('read' in input)
    ) {
      throw new Error('Chromium has no debugging pipe');
    }
    this.cdp = new CdpPipe(out, input);
    this.cdp.on('event', (method, params, sessionId) => this.#route(method, params, sessionId));
    this.#exited = new Promise((resolve) => this.#process.once('exit', () => resolve()).once('error', () => resolve()));
    const failed = (error: unknown): void => console.error('Chromium did not start:', error);
    this.cdp.send('Target.setDiscoverTargets', { discover: true }).catch(failed);
    this.cdp
      .send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: true, flatten: true })
      .catch(failed);
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Where another debugger can connect. Rejects while Chromium has not said it. */
  async endpoint(): Promise<string> {
    await this.cdp.send('Browser.getVersion');
    const [port, page] = (await readFile(path.join(this.#folder, 'DevToolsActivePort'), 'utf8')).split('\n');
    return `ws://127.0.0.1:${port ?? ''}${page ?? ''}`;
  }

  /** Opens an app window: a second launch with the same profile is forwarded to the running process. */
  async openWindow(bounds: { x: number; y: number; width: number; height: number }): Promise<PageTarget> {
    const mark = `window-${randomUUID()}`;
    const opened = new Promise<PageTarget>((resolve) => this.#expected.set(mark, resolve));
    const place = [`--window-size=${bounds.width},${bounds.height}`, `--window-position=${bounds.x},${bounds.y}`];
    // Before the first launch holds the profile, the second would take it and the first would go.
    await this.cdp.send('Browser.getVersion');
    spawn(PROGRAM, [...this.#flags(), `--app=data:text/html,<title>${mark}</title>`, ...place], {
      env: ENVIRONMENT,
      stdio: 'ignore',
    });
    return opened;
  }

  /** From now on `events` hears of the target. */
  follow(target: PageTarget, events: TargetEvents): void {
    this.#bySession.set(target.sessionId, events);
    this.#byTarget.set(target.targetId, { events, sessionId: target.sessionId });
  }

  async close(): Promise<void> {
    await Promise.race([this.cdp.send('Browser.close').catch(() => {}), this.#exited]);
    await this.#exited;
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  #flags(): string[] {
    return [...FLAGS, `--user-data-dir=${this.#folder}`];
  }

  #route(method: string, params: unknown, sessionId: string | undefined): void {
    // The shapes are the protocol's own.
    if (method === 'Target.attachedToTarget') this.#attached(params as Attached);
    else if (method === 'Target.targetDestroyed') this.#destroyed((params as TargetInfo).targetId);
    else if (method === 'Target.targetCrashed') this.#crashed((params as TargetInfo).targetId);
    else if (sessionId !== undefined) this.#bySession.get(sessionId)?.onEvent(method, params);
  }

  #attached({ sessionId, targetInfo }: Attached): void {
    const [mark, resolve] = [...this.#expected].find(([known]) => targetInfo.url.includes(known)) ?? [];
    if (mark !== undefined && resolve !== undefined) {
      this.#expected.delete(mark);
      resolve({ sessionId, targetId: targetInfo.targetId, mark });
      return;
    }
    if (this.#byTarget.has(targetInfo.openerId ?? '')) this.#refuse(sessionId, targetInfo);
    else void this.cdp.send('Runtime.runIfWaitingForDebugger', {}, sessionId).catch(() => {});
  }

  // A page that waits for its debugger blocks its opener: it must run before it is closed, but may load nothing.
  #refuse(sessionId: string, target: TargetInfo): void {
    void this.cdp.send('Fetch.enable', { patterns: [{ urlPattern: '*' }] }, sessionId).catch(() => {});
    void this.cdp.send('Runtime.runIfWaitingForDebugger', {}, sessionId).catch(() => {});
    void this.cdp.send('Target.closeTarget', { targetId: target.targetId }).catch(() => {});
  }

  #destroyed(targetId: string): void {
    const followed = this.#byTarget.get(targetId);
    if (followed === undefined) return;
    this.#byTarget.delete(targetId);
    this.#bySession.delete(followed.sessionId);
    followed.events.onGone();
  }

  #crashed(targetId: string): void {
    report('crash', { targetId });
    this.#byTarget.get(targetId)?.events.onEvent('Target.targetCrashed', {});
  }
}

// A killed app's browser may live for some moments more and would take the new launch for its own. In Electron both
// are one process: so it ends here, at once.
function endLeftover(folder: string): void {
  const lock = path.join(folder, 'SingletonLock');
  try {
    const pid = readlinkSync(lock).split('-').at(-1) ?? '';
    const isOurs = readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(folder);
    if (isOurs) process.kill(Number(pid), 'SIGKILL');
  } catch {
    // There is none.
  }
  for (const name of ['SingletonLock', 'SingletonSocket', 'SingletonCookie', 'DevToolsActivePort'])
    rmSync(path.join(folder, name), { force: true });
}
