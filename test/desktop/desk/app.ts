// The app on a desk, over all of its runs: started, ended, killed, started again.
import type { Page } from 'playwright-core';
import type { DialogAnswer, Happening, Host, HostedApp, WindowState } from './host.ts';
import type { AppStart, Exit } from './running-app.ts';
import { until } from '../until.ts';

export class App {
  readonly #host: Host;
  readonly #start: AppStart;
  readonly #earlier: string[] = [];
  /** What the present run was started with beyond what every run is. */
  #more: { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {};
  #running: HostedApp | undefined;

  constructor(host: Host, start: AppStart) {
    this.#host = host;
    this.#start = start;
  }

  get pid(): number {
    return this.running.pid;
  }
  get argv(): readonly string[] {
    return this.running.argv;
  }
  /** Resolves when the present run has ended. */
  get exited(): Promise<Exit> {
    return this.running.exited;
  }
  get running(): HostedApp {
    if (this.#running === undefined) throw new Error('The app was not started');
    return this.#running;
  }

  /** What the present run printed, on both outputs; `all` for what every run did. */
  log(which: 'this run' | 'all' = 'this run'): string {
    const now = this.#running?.log() ?? '';
    return which === 'all' ? [...this.#earlier, now].join('') : now;
  }
  /** Waits until the present run has printed something that fits. Rejects when it ends before. */
  async waitForLog(match: string | RegExp): Promise<void> {
    const fits = (): boolean => (match instanceof RegExp ? match.test(this.log()) : this.log().includes(match));
    let ended = false;
    void this.exited.then(() => (ended = true));
    await until(`the app to print ${String(match)}`, () => {
      if (fits()) return true;
      if (ended) throw new Error(`The app ended before it printed ${String(match)}:\n${this.log()}`);
      return undefined;
    });
  }

  /** Starts the app; more arguments and variables only for this run. */
  async start(
    more: { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
  ): Promise<void> {
    if (this.#running !== undefined) await this.#end('SIGKILL');
    this.#more = more;
    this.#running = await this.#host.start(this.#with(more));
  }
  /** Quits as the person does, waits for the end, and starts again, as the last time if nothing else is said. */
  async restart(more = this.#more): Promise<void> {
    await this.quit();
    await this.start(more);
  }
  /** Ends the process with a signal and waits for its end. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<Exit> {
    this.running.kill(signal);
    return this.exited;
  }
  /** Quits as from its own menu and waits for its end. */
  async quit(): Promise<Exit> {
    await Promise.race([this.running.quit().catch(() => {}), this.exited]);
    return this.exited;
  }
  /** A second start as the first one, with more arguments, as a launcher does; resolves with how that process ended. */
  async startSecond(args: readonly string[]): Promise<Exit> {
    return this.#host.startSecond(this.#with({ ...this.#more, args: [...(this.#more.args ?? []), ...args] }));
  }

  windows(): Promise<readonly WindowState[]> {
    return this.running.windows();
  }
  happenings(): readonly Happening[] {
    return this.running.happenings();
  }
  answerDialog(answer: DialogAnswer): Promise<void> {
    return this.running.answerDialog(answer);
  }
  async pages(): Promise<readonly Page[]> {
    try {
      return await this.running.pages();
    } catch (error) {
      throw new Error(`No page of the app can be had. It printed:\n${this.log()}`, { cause: error });
    }
  }

  /** The app is gone from the desk for good. */
  async release(): Promise<void> {
    if (this.#running !== undefined) await this.#end('SIGKILL');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const run = this.running;
    run.kill(signal);
    await run.exited;
    await run.release();
    this.#earlier.push(run.log());
    this.#running = undefined;
  }

  #with({ args = [], env = {} }: Parameters<App['start']>[0] & object): AppStart {
    return { ...this.#start, args: [...this.#start.args, ...args], env: { ...this.#start.env, ...env } };
  }
}
