// The device key as soon as the keychain gives it. A locked keychain is asked for it again when it is open, without a
// prompt of ours; where there is none, this run of the program has a key of its own that nobody keeps.
import { createDeviceKey, type DeviceKey } from '#shared/device/device-proof.ts';
import { MINUTE_MS, SECOND_MS, type DurationMs } from '#shared/domain/time.ts';
import { openDeviceKey, type DeviceKeyProblem } from './device-key.ts';
import type { Keychain } from './keychain-port.ts';
import type { Log, Timers } from './ports.ts';
import { inBackground } from './session/in-background.ts';

export type DeviceKeyWatch = {
  readonly current: () => DeviceKey | null;
  /** Why there is none, while there is none. */
  readonly problem: () => DeviceKeyProblem | null;
  /** Looks again now. */
  readonly look: () => Promise<void>;
  readonly close: () => void;
};

type Options = {
  readonly keychain: Keychain;
  readonly timers: Timers;
  readonly log: Log;
  /** Told once, when the key is there. `kept`: the keychain has it. */
  readonly found: (key: DeviceKey, kept: boolean) => Promise<void>;
  readonly missing: (problem: DeviceKeyProblem) => void;
};

const AGAIN_MS = 3 * SECOND_MS;
/** Making a key may bring up the system's prompt, which nobody wants to put away every few seconds. */
const LONGEST_PAUSE_MS = 5 * MINUTE_MS;

/** Asks the keychain once before it resolves, and goes on looking if that gave no key. */
export async function watchDeviceKey({ keychain, timers, log, found, missing }: Options): Promise<DeviceKeyWatch> {
  let key: DeviceKey | null = null;
  let problem: DeviceKeyProblem | null = null;
  let refusals = 0;
  let closed = false;
  let cancel: () => void = () => undefined;
  let looking: Promise<void> | null = null;

  async function lookOnce(prompting: boolean): Promise<void> {
    // The probe asks nobody: only at the start the person may be asked to unlock it for us.
    if (!prompting && !(await keychain.probe()).ok) return again(AGAIN_MS);
    const opened = await openDeviceKey(keychain);
    if (closed) return;
    if (!opened.ok && opened.error !== problem) missing(opened.error);
    problem = opened.ok ? null : opened.error;
    if (opened.ok) key = opened.value;
    else if (opened.error === 'none') key = await createDeviceKey({ extractable: true });
    else return again(Math.min(AGAIN_MS * 2 ** refusals++, LONGEST_PAUSE_MS));
    await found(key, opened.ok);
  }
  function again(afterMs: DurationMs): void {
    cancel = timers.after(afterMs, () => inBackground(log, 'look for the device key', async () => await look(false)));
  }
  async function look(prompting: boolean): Promise<void> {
    cancel();
    if (key !== null || closed) return;
    await (looking ??= lookOnce(prompting).finally(() => {
      looking = null;
    }));
  }

  await look(true);
  return {
    current: () => key,
    problem: () => problem,
    look: async () => await look(false),
    close: () => {
      closed = true;
      cancel();
    },
  };
}
