// A Secret Service of one's own: a private D-Bus session with a real gnome-keyring in a temporary folder.
// It ends only processes that it started, and leaves nothing behind.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Message, sessionBus, Variant, type MessageBus } from 'dbus-next';

export type PrivateKeyring = {
  /** What a process needs in its environment to use this keyring and no other. */
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
  /** Locks the keyring: what is in it can be neither read nor changed without its password. */
  readonly lock: () => Promise<void>;
  readonly unlock: () => Promise<void>;
  /** Ends the daemon; the bus stays. */
  readonly stopDaemon: () => Promise<void>;
  /** Another daemon on the same keyring, unlocked: sessions of the earlier one are void. */
  readonly restart: () => Promise<void>;
  /** All that an independent reader finds under a service: `secret-tool`. */
  readonly search: (service: string) => string;
  readonly close: () => Promise<void>;
};

/** Without the folders of services: the bus starts nothing by itself, so no daemon comes back unasked. */
const BUS_CONFIG = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`;
const PASSWORD = 'of a test';
const PATIENCE_MS = 20_000;
const SECRETS = { destination: 'org.freedesktop.secrets', path: '/org/freedesktop/secrets' };
const LOGIN = `${SECRETS.path}/collection/login`;

export async function openPrivateKeyring(): Promise<PrivateKeyring> {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-keyring-'));
  const run = join(folder, 'run');
  mkdirSync(run, { mode: 0o700 });
  const home = {
    HOME: folder,
    XDG_RUNTIME_DIR: run,
    XDG_DATA_HOME: join(folder, 'data'),
    XDG_CONFIG_HOME: join(folder, 'config'),
    XDG_CACHE_HOME: join(folder, 'cache'),
  };
  const PATH = process.env['PATH'] ?? '';
  writeFileSync(join(folder, 'bus.conf'), BUS_CONFIG);
  const config = `--config-file=${join(folder, 'bus.conf')}`;
  const busDaemon = spawn('dbus-daemon', [config, '--nofork', '--nopidfile', '--print-address=1'], {
    env: { PATH, ...home },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const env = { ...home, DBUS_SESSION_BUS_ADDRESS: await firstLine(busDaemon) };
  const bus = sessionBus({ busAddress: env.DBUS_SESSION_BUS_ADDRESS });
  const startDaemon = async (): Promise<ChildProcess> => {
    const child = spawn('gnome-keyring-daemon', ['--foreground', '--unlock', '--components=secrets'], {
      env: { PATH, ...env },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    child.stdin.end(PASSWORD);
    await until(() => isServed(bus), 'the keyring is served');
    await until(async () => !(await isLocked(bus)), 'the keyring is unlocked');
    return child;
  };
  let daemon = await startDaemon();
  const stopDaemon = async (): Promise<void> => {
    await end(daemon);
    await until(async () => !(await isServed(bus)), 'the keyring is no longer served');
  };
  return {
    env,
    folder,
    lock: async () => {
      await bus.call(
        new Message({
          ...SECRETS,
          interface: 'org.freedesktop.Secret.Service',
          member: 'Lock',
          signature: 'ao',
          body: [[LOGIN]],
        }),
      );
      await until(() => isLocked(bus), 'the keyring is locked');
    },
    unlock: () => unlock(bus),
    stopDaemon,
    restart: async () => {
      await stopDaemon();
      daemon = await startDaemon();
    },
    search: (service) => {
      const found = spawnSync('secret-tool', ['search', '--all', 'service', service], {
        env: { PATH, ...env },
        encoding: 'utf8',
      });
      return `${found.stdout}${found.stderr}`;
    },
    close: async () => {
      bus.disconnect();
      await end(daemon);
      await end(busDaemon);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function isServed(bus: MessageBus): Promise<boolean> {
  const reply = await bus.call(
    new Message({
      destination: 'org.freedesktop.DBus',
      path: '/',
      interface: 'org.freedesktop.DBus',
      member: 'NameHasOwner',
      signature: 's',
      body: [SECRETS.destination],
    }),
  );
  return reply?.body[0] === true;
}

async function isLocked(bus: MessageBus): Promise<boolean> {
  try {
    const reply = await bus.call(
      new Message({
        ...SECRETS,
        path: LOGIN,
        interface: 'org.freedesktop.DBus.Properties',
        member: 'Get',
        signature: 'ss',
        body: ['org.freedesktop.Secret.Collection', 'Locked'],
      }),
    );
    const locked: unknown = reply?.body[0];
    return !(locked instanceof Variant && locked.value === false);
  } catch {
    return true;
  }
}

/** As the login of a desktop session does it: the daemon is told the password, nobody is asked. */
async function unlock(bus: MessageBus): Promise<void> {
  const opened = await bus.call(
    new Message({
      ...SECRETS,
      interface: 'org.freedesktop.Secret.Service',
      member: 'OpenSession',
      signature: 'sv',
      body: ['plain', new Variant('s', '')],
    }),
  );
  const secret: readonly unknown[] = [opened?.body[1], Buffer.alloc(0), Buffer.from(PASSWORD), 'text/plain'];
  await bus.call(
    new Message({
      ...SECRETS,
      interface: 'org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface',
      member: 'UnlockWithMasterPassword',
      signature: 'o(oayays)',
      body: [LOGIN, secret],
    }),
  );
  await until(async () => !(await isLocked(bus)), 'the keyring is unlocked');
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.on('error', reject);
    child.on('exit', () => reject(new Error('the bus did not start')));
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
    });
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  const limitMs = performance.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (performance.now() > limitMs) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
