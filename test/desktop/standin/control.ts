// The spec's own line into the running app: commands come in, what happened goes out, both as lines of JSON.
// Only the stand-in reads the variable that names its socket; the app knows nothing of it.
import { type Socket, connect } from 'node:net';

const SOCKET_VARIABLE = 'DAYPASS_STANDIN_CONTROL';

type Command = { readonly id: number; readonly command: string; readonly with: unknown };

const commands = new Map<string, (argument: unknown) => unknown>();
let line: Socket | undefined;

/** Says what to do for a command of the spec. What it gives back is the answer. */
export function onCommand(name: string, run: (argument: unknown) => unknown): void {
  commands.set(name, run);
}

/** Tells the spec that something happened. Without a spec nobody is told. */
export function report(event: string, says: Readonly<Record<string, unknown>> = {}): void {
  send({ event, ...says });
}

/** Opens the line, when a spec waits for it. The line alone never keeps the app running. */
export function openControl(): void {
  const socket = process.env[SOCKET_VARIABLE];
  delete process.env[SOCKET_VARIABLE];
  if (socket === undefined) return;
  line = connect(socket);
  line.setEncoding('utf8');
  line.on('error', () => (line = undefined));
  line.on('close', () => (line = undefined));
  let text = '';
  line.on('data', (chunk: string) => {
    const lines = (text + chunk).split('\n');
    text = lines.pop() ?? '';
    for (const command of lines) void answer(JSON.parse(command) as Command);
  });
  line.unref();
  report('hello', { pid: process.pid });
}

async function answer(asked: Command): Promise<void> {
  try {
    const run = commands.get(asked.command);
    if (run === undefined) throw new Error(`The stand-in knows no command '${asked.command}'`);
    send({ id: asked.id, gives: (await run(asked.with)) ?? null });
  } catch (error) {
    send({ id: asked.id, failed: error instanceof Error ? error.message : String(error) });
  }
}

function send(message: object): void {
  if (line === undefined) return;
  line.write(`${JSON.stringify(message)}\n`);
}
