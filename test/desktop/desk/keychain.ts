// The keyring as another program of the person sees it (secret-tool), and its troubles: locked, gone, restarted.
import dbus from 'dbus-next';
import { callBus } from '../private-desktop/bus.ts';
import { KEYRING_PASSWORD, type PrivateDesktop, runOnDesk } from '../private-desktop/start.ts';
import { until } from '../until.ts';

const SERVICE = {
  destination: 'org.freedesktop.secrets',
  path: '/org/freedesktop/secrets',
  interface: 'org.freedesktop.Secret.Service',
};
const LOGIN = '/org/freedesktop/secrets/collection/login';

export type KeychainItem = {
  readonly label: string;
  readonly secret: string;
  readonly attributes: Readonly<Record<string, string>>;
};

export class Keychain {
  readonly #desktop: PrivateDesktop;

  constructor(desktop: PrivateDesktop) {
    this.#desktop = desktop;
  }

  /** All items whose attributes fit, with their secrets. While the keyring is locked or gone this rejects. */
  async list(attributes: Readonly<Record<string, string>>): Promise<readonly KeychainItem[]> {
    if (await this.isLocked()) throw new Error('The keyring is locked: nothing can be said about its items');
    const pairs = Object.entries(attributes).flat();
    const text = await runOnDesk(this.#desktop.env, [
      'sh',
      '-c',
      'secret-tool search --all "$@" 2>&1 || [ $? = 1 ]',
      'sh',
      ...pairs,
    ]);
    return text
      .split(/^(?=\[\/)/m)
      .filter((part) => part.startsWith('[/'))
      .map(toItem);
  }

  async isLocked(): Promise<boolean> {
    const body = ['org.freedesktop.Secret.Collection', 'Locked'];
    const message = {
      ...SERVICE,
      path: LOGIN,
      interface: 'org.freedesktop.DBus.Properties',
      member: 'Get',
      signature: 'ss',
      body,
    };
    return (await callBus<dbus.Variant<boolean>>(this.#desktop.bus, message)).value;
  }

  async lock(): Promise<void> {
    await callBus(this.#desktop.bus, { ...SERVICE, member: 'Lock', signature: 'ao', body: [[LOGIN]] });
  }

  /** Unlocks it without a prompt on the screen. */
  async unlock(): Promise<void> {
    const { bus } = this.#desktop;
    const opened = await bus.call(
      new dbus.Message({
        ...SERVICE,
        member: 'OpenSession',
        signature: 'sv',
        body: ['plain', new dbus.Variant('s', '')],
      }),
    );
    const master = [String(opened?.body[1]), Buffer.alloc(0), Buffer.from(KEYRING_PASSWORD), 'text/plain'];
    const internal = 'org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface';
    await callBus(bus, {
      ...SERVICE,
      interface: internal,
      member: 'UnlockWithMasterPassword',
      signature: 'o(oayays)',
      body: [LOGIN, master],
    });
  }

  /** The daemon is gone, as after a crash. */
  async stop(): Promise<void> {
    await this.#desktop.stopKeyring();
    await until('the keyring to leave the bus', async () => ((await this.#isServed()) ? undefined : true));
  }

  /** The daemon runs again, unlocked, with what it had stored. */
  async restart(): Promise<void> {
    if (await this.#isServed()) await this.stop();
    await this.#desktop.startKeyring();
  }

  async #isServed(): Promise<boolean> {
    const daemon = {
      destination: 'org.freedesktop.DBus',
      path: '/org/freedesktop/DBus',
      interface: 'org.freedesktop.DBus',
    };
    return callBus(this.#desktop.bus, {
      ...daemon,
      member: 'NameHasOwner',
      signature: 's',
      body: [SERVICE.destination],
    });
  }
}

function toItem(part: string): KeychainItem {
  const field = (name: string): string => new RegExp(`^${name} = (.*)$`, 'm').exec(part)?.[1] ?? '';
  const secret = /^secret = ([\s\S]*?)\ncreated = /m.exec(part)?.[1] ?? '';
  const attributes = Object.fromEntries(
    [...part.matchAll(/^attribute\.(\S+) = (.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
  return { label: field('label'), secret, attributes };
}
