// One running app per data folder. The lock is a symbolic link that names its owner, so that a dead owner is noticed;
// a second start hands over what it was started with and goes.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { type Server, createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';

export type SecondStart = { readonly argv: string[]; readonly cwd: string; readonly data: unknown };

const HAND_OVER = `const [socket, text] = process.argv.slice(1);
const line = require('node:net').connect(socket, () => line.end(text));
line.on('error', () => process.exit(1)).on('close', () => process.exit(0));`;

/** Takes the lock of `userData`. Gives its release, or nothing when another holds it and was told of this start. */
export function takeInstanceLock(
  userData: string,
  own: SecondStart,
  onSecond: (start: SecondStart) => void,
): (() => void) | undefined {
  mkdirSync(userData, { recursive: true });
  const lock = path.join(userData, 'SingletonLock');
  const socket = socketOf(userData);
  for (let tries = 0; tries < 3; tries += 1) {
    if (tryLink(lock)) {
      const server = listen(socket, onSecond);
      return () => {
        server.close();
        rmSync(lock, { force: true });
      };
    }
    if (isAlive(readLink(lock)) && handOver(socket, own)) return undefined;
    if (!isAlive(readLink(lock))) rmSync(lock, { force: true });
  }
  return undefined;
}

function socketOf(userData: string): string {
  const name = createHash('sha256').update(path.resolve(userData)).digest('hex').slice(0, 16);
  return path.join(process.env['XDG_RUNTIME_DIR'] ?? os.tmpdir(), `stand-in-${name}`);
}

/** When the process started, in the kernel's own counting: a process id alone may be used again. */
function startedAt(pid: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19];
  } catch {
    return undefined;
  }
}

function tryLink(lock: string): boolean {
  try {
    symlinkSync(`${process.pid}-${startedAt(String(process.pid)) ?? ''}`, lock);
    return true;
  } catch {
    return false;
  }
}

function readLink(lock: string): string {
  try {
    return readlinkSync(lock);
  } catch {
    return '';
  }
}

function isAlive(owner: string): boolean {
  const [pid, started] = owner.split('-');
  return pid !== undefined && pid !== '' && startedAt(pid) === started;
}

function listen(socket: string, onSecond: (start: SecondStart) => void): Server {
  rmSync(socket, { force: true });
  const server = createServer((line) => {
    let text = '';
    line.setEncoding('utf8');
    line.on('error', () => {});
    line.on('data', (chunk: string) => (text += chunk));
    line.on('end', () => {
      if (text !== '') onSecond(JSON.parse(text) as SecondStart);
    });
  });
  server.listen(socket);
  server.unref();
  return server;
}

// Electron waits for this too, and the lock is asked for without a promise: so it is another process that speaks.
function handOver(socket: string, start: SecondStart): boolean {
  try {
    execFileSync(process.execPath, ['-e', HAND_OVER, socket, JSON.stringify(start)], {
      timeout: 5000,
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}
