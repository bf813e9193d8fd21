// The processes of one desk, found by the mark in their environment: to hold one still, or to read what they show to
// every program of the same person. Touches no process without the mark.
import { readdirSync, readFileSync } from 'node:fs';
import type { Desk } from '#test/desktop/open-desktop.ts';

export type DeskProcess = { readonly pid: number; readonly argv: string; readonly environment: string };

export function processesOf(desk: Desk): readonly DeskProcess[] {
  const mark = `DAYPASS_DESK=${desk.env['DAYPASS_DESK'] ?? ''}\0`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const environment = readFileSync(`/proc/${name}/environ`, 'latin1');
        const argv = readFileSync(`/proc/${name}/cmdline`, 'latin1');
        return environment.includes(mark) ? [{ pid: Number(name), argv, environment }] : [];
      } catch {
        // It ended meanwhile.
        return [];
      }
    });
}

/** The keyring's daemon stands still: calls to it hang. Gives the way to let it go on. */
export function holdKeyring(desk: Desk): Disposable & { readonly release: () => void } {
  return hold(keyringOf(desk));
}

/** The keyring answers only now and then, so that a step that needs it takes long. */
export function slowKeyring(desk: Desk, pauseMs = 150): Disposable & { readonly release: () => void } {
  const pid = keyringOf(desk);
  let held = hold(pid);
  let breath: NodeJS.Timeout | undefined;
  const timer = setInterval(() => {
    held.release();
    breath = setTimeout(() => (held = hold(pid)), 5);
  }, pauseMs);
  const release = (): void => {
    clearInterval(timer);
    clearTimeout(breath);
    held.release();
  };
  return { release, [Symbol.dispose]: release };
}

function keyringOf(desk: Desk): number {
  const [daemon] = processesOf(desk).filter(({ argv }) => argv.startsWith('gnome-keyring-daemon\0'));
  if (daemon === undefined) throw new Error('no keyring daemon runs on this desk');
  return daemon.pid;
}

/** A process of the desk stands still until it is released. */
export function hold(pid: number): Disposable & { readonly release: () => void } {
  process.kill(pid, 'SIGSTOP');
  let held = true;
  const release = (): void => {
    if (held) process.kill(pid, 'SIGCONT');
    held = false;
  };
  return { release, [Symbol.dispose]: release };
}
