// One run of the app's process on the stand-in: its output, its end, and the line into it.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { ControlLine } from './control-line.ts';

const REGISTER = path.resolve(import.meta.dirname, '../standin/register.ts');
const { NODE_COMPILE_CACHE } = process.env;
/** The one thing of the run's environment that reaches the app: where its many starts share what is compiled. */
const COMPILED = NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };

export type AppStart = {
  readonly main: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly nodeArgs: readonly string[];
};
export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

export class RunningApp implements Disposable {
  readonly process: ChildProcess;
  readonly line: ControlLine;
  readonly argv: readonly string[];
  /** Resolves when the process has ended and all of its output is read. */
  readonly exited: Promise<Exit>;
  #log = '';

  private constructor(start: AppStart, line: ControlLine, socket: string) {
    this.line = line;
    this.argv = [process.execPath, ...start.nodeArgs, '--import', REGISTER, start.main, ...start.args];
    const [program = '', ...args] = this.argv;
    const env = { ...COMPILED, ...start.env, DAYPASS_STANDIN_CONTROL: socket };
    this.process = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const output of [this.process.stdout, this.process.stderr]) {
      output?.setEncoding('utf8').on('data', (text: string) => (this.#log += text));
    }
    this.exited = new Promise((resolve) => {
      this.process.once('close', (code, signal) => resolve({ code, signal }));
      this.process.once('error', (error) => {
        this.#log += String(error);
        resolve({ code: null, signal: null });
      });
    });
    void this.exited.then(() => line.end());
  }

  static async start(start: AppStart): Promise<RunningApp> {
    const socket = path.join(start.env['XDG_RUNTIME_DIR'] ?? '', `control-${randomUUID().slice(0, 8)}`);
    return new RunningApp(start, await ControlLine.open(socket), socket);
  }

  /** All that it printed so far, on both of its outputs. */
  log(): string {
    return this.#log;
  }

  [Symbol.dispose](): void {
    this.process.kill('SIGKILL');
    this.line[Symbol.dispose]();
  }
}
