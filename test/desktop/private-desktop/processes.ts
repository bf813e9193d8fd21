// The processes of one private desktop: starts them with its mark, and hands their end to a sweeper that outlives us.
// Nothing here may end a process that does not carry the desk's own mark.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const SWEEP = path.join(import.meta.dirname, 'sweep.sh');

export type StartOptions = {
  /** Written to its standard input, which is then closed. */
  readonly input?: string;
  /** What it prints on descriptor 3 is `readyLine`: its first line. */
  readonly announces?: boolean;
};

export type Started = {
  readonly process: ChildProcess;
  /** The first line on descriptor 3. Rejects when the process ends before. */
  readonly readyLine: Promise<string>;
};

export class DeskProcesses {
  readonly folder: string;
  readonly env: Record<string, string>;
  readonly #sweeper: ChildProcess;
  #disposed: Promise<void> | undefined;

  /** Takes the environment that all processes share, apart from the mark. Makes a folder that goes with the desk. */
  constructor(baseEnv: Readonly<Record<string, string>>) {
    const mark = randomUUID();
    this.folder = mkdtempSync(path.join(tmpdir(), 'daypass-desk-'));
    mkdirSync(path.join(this.folder, 'log'));
    this.env = { ...baseEnv, DAYPASS_DESK: mark };
    // Its own session, so that a Ctrl-C or a kill of the test's process group does not take it along.
    this.#sweeper = spawn(SWEEP, [mark, this.folder], {
      detached: true,
      cwd: '/',
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' },
    });
    this.#sweeper.unref();
    this.#sweeper.stdin?.on('error', () => {});
  }

  /** Starts `command`; its output goes to `log/NAME` in the desk's folder. */
  start(name: string, command: readonly [string, ...string[]], options: StartOptions = {}): Started {
    const [file, ...args] = command;
    const log = openSync(path.join(this.folder, 'log', name), 'a');
    const child = spawn(file, args, {
      env: this.env,
      cwd: this.folder,
      stdio: [
        options.input === undefined ? 'ignore' : 'pipe',
        log,
        log,
        options.announces === true ? 'pipe' : 'ignore',
      ],
    });
    closeSync(log);
    child.stdin?.on('error', () => {});
    child.stdin?.end(options.input);
    const readyLine = options.announces === true ? firstLine(name, child) : Promise.resolve('');
    readyLine.catch(() => {});
    return { process: child, readyLine };
  }

  /** Ends all processes, removes the folder, and waits until both are done. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#sweep();
    await this.#disposed;
  }

  async #sweep(): Promise<void> {
    if (this.#sweeper.exitCode !== null) return;
    const ended = once(this.#sweeper, 'exit');
    this.#sweeper.ref();
    this.#sweeper.stdin?.end();
    await ended;
  }
}

async function firstLine(name: string, child: ChildProcess): Promise<string> {
  const pipe = child.stdio[3];
  if (pipe === null || pipe === undefined || !('setEncoding' in pipe)) throw new Error(`${name} has no descriptor 3`);
  pipe.setEncoding('utf8');
  let text = '';
  for await (const chunk of pipe) {
    text += String(chunk);
    const end = text.indexOf('\n');
    if (end >= 0) return text.slice(0, end);
  }
  throw new Error(`${name} ended before it was ready`);
}
