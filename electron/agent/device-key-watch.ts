// The device key as soon as the keychain gives it. A locked keychain is looked at again and again without a prompt;
// where there is none, this run of the program has a key of its own that nobody keeps.
import { createDeviceKey, type DeviceKey } from '#shared/device/device-proof.ts';
import { MINUTE_MS, SECOND_MS, type DurationMs } from '#shared/domain/time.ts';
import { openDeviceKey, type DeviceKeyProblem } from './device-key.ts';
import type { Keychain } from './keychain-port.ts';
import type { Log, Timers } from './ports.ts';
import { inBackground } from './session/in-background.ts';

/** `quietly`: the system must not ask for a password. */
export type Manner = 'quietly' | 'asking the person';

export type DeviceKeyWatch = {
  readonly current: () => DeviceKey | null;
  /** Why it is not there, while it is not. */
  readonly problem: () => DeviceKeyProblem | null;
  /** The key, always the one that is used now. Throws when nobody has found it yet: then nobody may be served either. */
  readonly need: () => DeviceKey;
  /** Another one is used from now on. */
  readonly replace: (next: DeviceKey) => void;
  /** Looks for it now, and goes on looking later if it is not to be had. */
  readonly look: (manner: Manner) => Promise<void>;
  readonly close: () => void;
};

type Options = {
  readonly keychain: Keychain;
  readonly timers: Timers;
  readonly log: Log;
  /** Told once, when the key is there. `kept`: the keychain has it. */
  readonly found: (key: DeviceKey, kept: boolean) => Promise<void>;
  /** Told of each new reason why it is not there. */
  readonly missing: (problem: DeviceKeyProblem) => void;
};

const AGAIN_MS = 3 * SECOND_MS;
/** A keychain that holds nothing of ours looks open until we store something: that may ask the person, so not often. */
const LONGEST_PAUSE_MS = 5 * MINUTE_MS;

export function watchDeviceKey({ keychain, timers, log, found, missing }: Options): DeviceKeyWatch {
  let key: DeviceKey | null = null;
  let told: DeviceKeyProblem | null = null;
  let refusals = 0;
  let closed = false;
  let cancel: () => void = () => undefined;
  let looking: Promise<void> | null = null;

  async function lookOnce(manner: Manner): Promise<void> {
    const probed = manner === 'quietly' ? await keychain.probe() : null;
    const opened = probed === null || probed.ok ? await openDeviceKey(keychain) : probed;
    if (closed) return;
    if (!opened.ok && told !== opened.error) missing(opened.error);
    told = opened.ok ? null : opened.error;
    if (opened.ok) key = opened.value;
    else if (opened.error === 'none') key = await createDeviceKey({ extractable: true });
    else return again(probed?.ok === false ? AGAIN_MS : Math.min(AGAIN_MS * 2 ** refusals++, LONGEST_PAUSE_MS));
    await found(key, opened.ok);
  }
  function again(afterMs: DurationMs): void {
    cancel = timers.after(afterMs, () =>
      inBackground(log, 'look for the device key', async () => await look('quietly')),
    );
  }
  async function look(manner: Manner): Promise<void> {
    await looking;
    cancel();
    if (key !== null || closed) return;
    looking = lookOnce(manner).finally(() => {
      looking = null;
    });
    await looking;
  }

  const used = (): DeviceKey => {
    if (key === null) throw new Error('nobody is served before the device key is there');
    return key;
  };
  const live: DeviceKey = {
    get device() {
      return used().device;
    },
    get publicJwk() {
      return used().publicJwk;
    },
    get privateKey() {
      return used().privateKey;
    },
  };

  return {
    current: () => key,
    problem: () => told,
    need: () => {
      used();
      return live;
    },
    replace: (next) => (key = next),
    look,
    close: () => {
      closed = true;
      cancel();
    },
  };
}
