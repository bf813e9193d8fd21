// The login service of Linux over the system bus: is the session locked, does the machine sleep. Loaded late; a machine
// without it works on, and says so in the log.
import { sessionBus, type ClientInterface, type MessageBus } from 'dbus-next';
import type { Log } from '../agent/ports.ts';

const USUAL_SOCKET = '/run/dbus/system_bus_socket';

type Hooks = {
  /** As the environment names the system bus; null for the usual place. */
  readonly busAddress: string | null;
  readonly onLocked: (locked: boolean) => void;
  readonly onAsleep: (asleep: boolean) => void;
  readonly log: Log;
};

const SERVICE = 'org.freedesktop.login1';
const MANAGER_PATH = '/org/freedesktop/login1';
const MANAGER = 'org.freedesktop.login1.Manager';
const SESSION = 'org.freedesktop.login1.Session';
const PROPERTIES = 'org.freedesktop.DBus.Properties';

/** The first socket of an address with a path; other kinds of address are not used for a system bus. */
function socketOf(address: string | null): string {
  const match = /(?:^|;)unix:(?:[^;]*,)?path=([^;,]+)/.exec(address ?? '');
  return match?.[1] === undefined ? USUAL_SOCKET : decodeURIComponent(match[1]);
}

/** Tells the state found, then each change. Gives the way to stop. Never throws. */
export async function watchLogind({ busAddress, onLocked, onAsleep, log }: Hooks): Promise<() => void> {
  let bus: MessageBus;
  try {
    // The library's way to any address; its own for the system bus would load a native module.
    bus = sessionBus({ busAddress: `unix:socket=${socketOf(busAddress)}` });
  } catch (error) {
    log.trouble('logind.no_bus', error);
    return () => {};
  }
  // Without a listener a bus that goes away would end the app.
  const gone = new Promise<never>((_resolve, reject) => {
    bus.on('error', (error: unknown) => {
      log.trouble('logind.bus', error);
      reject(error instanceof Error ? error : new Error('the system bus failed'));
    });
  });
  gone.catch(() => {});
  try {
    await Promise.race([subscribe(bus, { onLocked, onAsleep }), gone]);
  } catch (error) {
    log.trouble('logind.absent', error);
    bus.disconnect();
    return () => {};
  }
  return () => bus.disconnect();
}

async function subscribe(bus: MessageBus, { onLocked, onAsleep }: Pick<Hooks, 'onLocked' | 'onAsleep'>): Promise<void> {
  const manager = (await bus.getProxyObject(SERVICE, MANAGER_PATH)).getInterface(MANAGER);
  manager.on('PrepareForSleep', (starts: boolean) => onAsleep(starts));
  const object = await bus.getProxyObject(SERVICE, await ownSession(manager));
  const session = object.getInterface(SESSION);
  session.on('Lock', () => onLocked(true));
  session.on('Unlock', () => onLocked(false));
  const properties = object.getInterface(PROPERTIES);
  properties.on('PropertiesChanged', (of: string, changed: Record<string, { readonly value: unknown } | undefined>) => {
    const hint = changed['LockedHint']?.value;
    if (of === SESSION && typeof hint === 'boolean') onLocked(hint);
  });
  const hint: unknown = await properties['Get']?.(SESSION, 'LockedHint');
  if (typeof hint === 'object' && hint !== null && 'value' in hint && hint.value === true) onLocked(true);
}

/** The session of this desktop. An app that the user's own service manager started belongs to none by its process id. */
async function ownSession(manager: ClientInterface): Promise<string> {
  try {
    return String(await manager['GetSession']?.('auto'));
  } catch {
    return String(await manager['GetSessionByPID']?.(process.pid));
  }
}
