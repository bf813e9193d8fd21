// Starts one whole private desktop: X, two buses, keyring, window manager, panel with tray, notification daemon.
// It leaves nothing behind, also when its owner dies.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type dbus from 'dbus-next';
import { busCommand, connectBus, waitForNames } from './bus.ts';
import { type Logind, serveLogind } from './logind.ts';
import { DeskProcesses } from './processes.ts';
import { writeSettings } from './settings.ts';

const NOTIFICATION_DAEMON = '/usr/lib/x86_64-linux-gnu/xfce4/notifyd/xfce4-notifyd';
/** The password of the private keyring; it protects nothing. */
export const KEYRING_PASSWORD = 'pw';

export type PrivateDesktopOptions = {
  readonly dark?: boolean;
  /** `WIDTHxHEIGHT` in pixels. */
  readonly geometry?: string;
  readonly keyring?: boolean;
};

export type PrivateDesktop = AsyncDisposable & {
  readonly folder: string;
  readonly home: string;
  /** What a program needs in its environment to run on this desktop. */
  readonly env: Readonly<Record<string, string>>;
  readonly processes: DeskProcesses;
  /** A connection of the spec's own to the session bus. */
  readonly bus: dbus.MessageBus;
  readonly logind: Logind;
  /** Starts the keyring daemon, unlocked; resolves when it serves. */
  readonly startKeyring: () => Promise<void>;
  /** Ends the keyring daemon at once. */
  readonly stopKeyring: () => Promise<void>;
};

/** Starts the desktop; resolves when tray, notifications and keyring are served. */
export async function startPrivateDesktop(options: PrivateDesktopOptions = {}): Promise<PrivateDesktop> {
  const processes = new DeskProcesses(baseEnv());
  try {
    return await furnish(processes, options);
  } catch (error) {
    await processes[Symbol.asyncDispose]();
    throw error;
  }
}

function baseEnv(): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    LANG: 'C.UTF-8',
    XDG_CURRENT_DESKTOP: 'XFCE',
    XDG_SESSION_ID: '1',
    XDG_SESSION_TYPE: 'x11',
    GTK_A11Y: 'none',
    NO_AT_BRIDGE: '1',
    GDK_BACKEND: 'x11',
    // Programs that a bus starts must not look for settings of the machine's own user.
    GSETTINGS_BACKEND: 'memory',
  };
}

async function furnish(processes: DeskProcesses, options: PrivateDesktopOptions): Promise<PrivateDesktop> {
  const { env, folder } = processes;
  const home = path.join(folder, 'home');
  const run = path.join(folder, 'run');
  const dark = options.dark ?? false;
  mkdirSync(home);
  mkdirSync(run, { mode: 0o700 });
  Object.assign(env, {
    HOME: home,
    TMPDIR: makeFolder(folder, 'tmp'),
    XDG_RUNTIME_DIR: run,
    XDG_CONFIG_HOME: path.join(home, '.config'),
    XDG_DATA_HOME: path.join(home, '.local', 'share'),
    XDG_CACHE_HOME: path.join(home, '.cache'),
    DBUS_SESSION_BUS_ADDRESS: `unix:path=${run}/bus`,
    DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${run}/system-bus`,
    DAYPASS_DESK_DARK: dark ? '1' : '0',
  });
  writeSettings(path.join(home, '.config'), dark);
  const [, , logind] = await Promise.all([
    startDisplay(processes, options.geometry ?? '1280x800'),
    processes.start('session-bus', busCommand(folder, 'session', `${run}/bus`), { announces: true }).readyLine,
    startSystemBus(processes, run),
  ]);
  let keyring: ChildProcess | undefined;
  const startKeyring = async (): Promise<void> => {
    keyring = await startKeyringDaemon(processes, await connectedBus);
  };
  const stopKeyring = async (): Promise<void> => {
    if (keyring === undefined || keyring.exitCode !== null || keyring.signalCode !== null) return;
    const ended = once(keyring, 'exit');
    keyring.kill('SIGKILL');
    await ended;
  };
  const connectedBus = connectBus(env['DBUS_SESSION_BUS_ADDRESS'] ?? '');
  processes.start('openbox', ['openbox', '--sm-disable']);
  processes.start('panel', ['xfce4-panel', '--disable-wm-check']);
  processes.start('notifications', [NOTIFICATION_DAEMON]);
  processes.start('background', ['xsetroot', '-solid', dark ? '#1d2433' : '#3b6ea5']);
  const bus = await connectedBus;
  const names = ['org.freedesktop.Notifications', 'org.kde.StatusNotifierWatcher'];
  await Promise.all([waitForNames(bus, names), options.keyring === false ? 0 : startKeyring()]);
  return {
    folder,
    home,
    env,
    processes,
    bus,
    logind,
    startKeyring,
    stopKeyring,
    [Symbol.asyncDispose]: async () => {
      bus.disconnect();
      logind.close();
      await processes[Symbol.asyncDispose]();
    },
  };
}

function makeFolder(parent: string, name: string): string {
  const folder = path.join(parent, name);
  mkdirSync(folder);
  return folder;
}

async function startDisplay(processes: DeskProcesses, geometry: string): Promise<void> {
  const command = [
    'Xvfb',
    '-displayfd',
    '3',
    '-screen',
    '0',
    `${geometry}x24`,
    '-nolisten',
    'tcp',
    '-noreset',
  ] as const;
  const display = await processes.start('x', command, { announces: true }).readyLine;
  await writeFile(path.join(processes.folder, 'display'), display);
  processes.env['DISPLAY'] = `:${display.trim()}`;
}

async function startSystemBus(processes: DeskProcesses, run: string): Promise<Logind> {
  const socket = `${run}/system-bus`;
  await processes.start('system-bus', busCommand(processes.folder, 'system', socket), { announces: true }).readyLine;
  return serveLogind(`unix:path=${socket}`);
}

async function startKeyringDaemon(processes: DeskProcesses, bus: dbus.MessageBus): Promise<ChildProcess> {
  const command = ['gnome-keyring-daemon', '--foreground', '--unlock', '--components=secrets'] as const;
  const daemon = processes.start('keyring', command, { input: KEYRING_PASSWORD });
  await waitForNames(bus, ['org.freedesktop.secrets']);
  return daemon.process;
}

/** Runs a program of the desk to its end and gives what it printed. Rejects when it fails. */
export async function runOnDesk(
  env: Readonly<Record<string, string>>,
  command: readonly [string, ...string[]],
  input?: string,
): Promise<string> {
  const [file, ...args] = command;
  const child = spawn(file, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${file} ended with ${String(code)}: ${errors}`);
  return output;
}
