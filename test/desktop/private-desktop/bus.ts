// A private message bus: its configuration, its daemon's command, and connections of the spec's own to it.
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import dbus from 'dbus-next';
import { until } from '../until.ts';

const MACHINE_SERVICES = '/usr/share/dbus-1/services';
const START_LIMIT_MS = 30_000;
export const BUS_DAEMON = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
};
const OPEN_POLICY = `<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/><allow user="*"/></policy>`;

/** Writes the configuration of a bus at `socket` that lets everybody do everything. Gives the daemon's command. */
export function busCommand(folder: string, kind: 'session' | 'system', socket: string): readonly [string, ...string[]] {
  const file = path.join(folder, `${kind}-bus.conf`);
  const services = kind === 'session' ? `<servicedir>${ownServices(folder)}</servicedir>` : '';
  writeFileSync(
    file,
    `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd"><busconfig><type>${kind}</type><listen>unix:path=${socket}</listen><auth>EXTERNAL</auth>${services}${OPEN_POLICY}</busconfig>`,
  );
  return ['dbus-daemon', '--nofork', '--nopidfile', `--config-file=${file}`, '--print-address=3'];
}

// The bus may start everything that the machine's own would, but not the keyring: when that is away, it stays away.
function ownServices(folder: string): string {
  const services = path.join(folder, 'services');
  mkdirSync(services);
  for (const file of readdirSync(MACHINE_SERVICES)) {
    if (!/^org\.(freedesktop\.secrets|freedesktop\.impl\.portal\.Secret|gnome\.keyring)\.service$/.test(file)) {
      symlinkSync(path.join(MACHINE_SERVICES, file), path.join(services, file));
    }
  }
  return services;
}

/** Connects to the bus at `address`; resolves when it has a name on it. */
export async function connectBus(address: string): Promise<dbus.MessageBus> {
  const bus = dbus.sessionBus({ busAddress: address });
  await new Promise<void>((resolve, reject) => {
    bus.on('connect', resolve);
    bus.on('error', reject);
  });
  // A desk that goes away takes its buses along; what is still connected must not end the test run.
  bus.on('error', () => {});
  return bus;
}

/** Waits until all `names` have an owner on the bus. */
export async function waitForNames(bus: dbus.MessageBus, names: readonly string[]): Promise<void> {
  const owned = async (name: string): Promise<boolean> =>
    callBus<boolean>(bus, { ...BUS_DAEMON, member: 'NameHasOwner', signature: 's', body: [name] });
  for (const name of names) {
    await until(`${name} on the bus`, async () => ((await owned(name)) ? true : undefined), START_LIMIT_MS);
  }
}

/** Calls one method. Gives the first value of its answer; the caller knows its type from the interface. */
export async function callBus<T>(bus: dbus.MessageBus, message: dbus.MessageLike): Promise<T> {
  const reply = await bus.call(new dbus.Message(message));
  // The signature of the called method says what this is.
  return reply?.body[0] as T;
}
