// Runs the example's model as a process of its own, which demands its secret like any other upstream.
import { spawn } from 'node:child_process';
import path from 'node:path';

const SERVE = path.resolve(import.meta.dirname, '..', '..', 'examples', 'solo', 'model', 'serve.ts');
const LISTENS = /http:\/\/127\.0\.0\.1:(\d+)/;

export type RunningModel = {
  readonly port: number;
  /** Resolves when the model is gone, whoever ended it. */
  readonly exited: Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Starts the model and waits until it listens. `port` 0: any free one. Rejects with what it said when it does not start. */
export async function startModel(secretFile: string, port: number): Promise<RunningModel> {
  const child = spawn(
    process.execPath,
    [SERVE, '--secret-file', secretFile, '--port', String(port), '--until-stdin-ends'],
    {
      // The pipe ends with this process, however it ends: a model that nobody needs does not stay behind.
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  );
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const listening = await new Promise<number>((resolve, reject) => {
    let said = '';
    const hear = (chunk: Buffer): void => {
      said += chunk.toString();
      const match = LISTENS.exec(said);
      if (match !== null) resolve(Number(match[1]));
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`the model did not start: ${said.trim()}`)));
  });
  return {
    port: listening,
    exited,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
