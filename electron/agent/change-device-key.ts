// Changes the device key while the one that is used is there. Both are kept until the broker has said which of them goes
// on; then the other is deleted. Stopped at any moment, the next start finishes it or takes it back.
import type { BrokerClient } from '#shared/client/broker-client.ts';
import type { DeviceKey } from '#shared/device/device-proof.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import { SECOND_MS } from '#shared/domain/time.ts';
import type { SyncState } from '#shared/contracts/desktop/state.ts';
import { dropNextKey, makeNextKey, readNextKey, useNextKey } from './device-key.ts';
import type { Keychain, KeychainProblem } from './keychain-port.ts';
import { bringKey, type Brought } from './outbox/bring-key.ts';
import type { DesktopLog } from './open-desktop-log.ts';
import type { DeviceKeyWatch } from './device-key-watch.ts';
import { deviceSigner } from './outbox/device-signer.ts';
import { forgetOffer, readOffer } from './outbox/key-offer.ts';
import type { KeyOffer, Outbox, OutboxStore } from './outbox/outbox.ts';
import type { KeyNotChanged } from './outbox-port.ts';
import type { Log, Timers } from './ports.ts';
import { inBackground } from './session/in-background.ts';

export type KeyChange = {
  /** The person asks for it. */
  readonly change: () => Promise<Result<null, KeyNotChanged>>;
  /** The keychain gave this key. Gives the one to go on with, which is another where a change was not finished. */
  readonly resume: (found: DeviceKey) => Promise<DeviceKey>;
  readonly close: () => void;
};

export type KeyChangeParts = {
  readonly keychain: Keychain;
  readonly store: OutboxStore;
  readonly outbox: Pick<Outbox, 'offerKey' | 'takeKey' | 'keepKey' | 'log'>;
  readonly sync: () => SyncState;
  /** Of a person who enrolled this device. */
  readonly client: () => BrokerClient | null;
  readonly current: () => DeviceKey | null;
  readonly replace: (next: DeviceKey) => void;
  readonly timers: Timers;
  readonly log: Log;
};

const AGAIN_MS = 5 * SECOND_MS;

export function createKeyChange(parts: KeyChangeParts): KeyChange {
  const { keychain, store, outbox, client, current, timers, log } = parts;
  let running: Promise<Result<null, KeyNotChanged>> | null = null;
  let cancel: () => void = () => undefined;
  let closed = false;

  async function begin(): Promise<Result<null, KeyNotChanged>> {
    const [key, as] = [current(), client()];
    const open = await readOffer(store.read);
    if (open !== null) return await settle(open);
    if (key === null || outbox.log() === null) return err('no_key');
    if (as === null) return err('unreachable');
    if (parts.sync().kind !== 'synced') return err('not_synced');
    // Before anything is written: without the broker nothing changes.
    const reached = await as.me().catch(() => null);
    if (reached?.ok !== true) return err('unreachable');
    const made = await makeNextKey(keychain);
    if (!made.ok) return err('no_key');
    return await settle(await outbox.offerKey({ old: deviceSigner(key), next: deviceSigner(made.value) }));
  }

  async function settle(offer: KeyOffer): Promise<Result<null, KeyNotChanged>> {
    if (offer.taken) return await finish(offer);
    const [old, next] = [current(), await readNextKey(keychain)];
    if (old === null || !next.ok) return later();
    // Gone from the keychain, it can sign nothing: the one that is used goes on.
    if (next.value === null || next.value.device !== offer.device) return await takeBack(old, 'next_key_lost');
    const brought = await bring(parts, offer, { old, next: next.value });
    if (brought.kind === 'unknown') return later();
    if (brought.kind === 'refused') return await takeBack(old, brought.code);
    await outbox.takeKey(deviceSigner(next.value));
    return await finish(offer);
  }

  async function finish({ device }: KeyOffer): Promise<Result<null, KeyNotChanged>> {
    const used = await useNextKey(keychain);
    if (!used.ok || used.value.device !== device) return later();
    parts.replace(used.value);
    await store.transaction(forgetOffer);
    return ok(null);
  }

  async function takeBack(old: DeviceKey, code: string): Promise<Result<null, KeyNotChanged>> {
    await outbox.keepKey(deviceSigner(old), code);
    await dropped(dropNextKey(keychain));
    return err(code === 'state_conflict' ? 'open_requests' : 'refused');
  }

  function later(): Result<never, 'undecided'> {
    if (!closed) cancel = timers.after(AGAIN_MS, () => inBackground(log, 'change the device key', decide));
    return err('undecided');
  }

  async function decide(): Promise<void> {
    const offer = await readOffer(store.read);
    if (offer !== null && running === null && !closed) await once(() => settle(offer));
  }

  async function once(work: () => Promise<Result<null, KeyNotChanged>>): Promise<Result<null, KeyNotChanged>> {
    cancel();
    running ??= work().finally(() => (running = null));
    return await running;
  }

  /** A key that stays behind is dropped at the next start. */
  async function dropped(removal: Promise<Result<null, KeychainProblem | 'damaged'>>): Promise<void> {
    const gone = await removal;
    if (!gone.ok) log.trouble('drop a device key', new Error(gone.error));
  }

  return {
    change: async () => await once(begin),
    async resume(found) {
      const offer = await readOffer(store.read);
      if (offer === null) {
        // It was made, and never offered to anybody.
        const next = await readNextKey(keychain);
        if (!next.ok || next.value !== null) await dropped(dropNextKey(keychain));
        return found;
      }
      if (!offer.taken) {
        later();
        return found;
      }
      const used = await useNextKey(keychain);
      if (!used.ok || used.value.device !== offer.device) {
        later();
        return found;
      }
      await store.transaction(forgetOffer);
      parts.replace(used.value);
      return used.value;
    },
    close() {
      closed = true;
      cancel();
    },
  };
}

type Both = { readonly old: DeviceKey; readonly next: DeviceKey };

async function bring({ client, store, log }: KeyChangeParts, offer: KeyOffer, { old, next }: Both): Promise<Brought> {
  const as = client();
  if (as === null) return { kind: 'unknown', code: 'nobody_signed_in' };
  const under = { signer: deviceSigner(old), client: as.under(old) };
  return await bringKey({ db: store.read, offer, old: under, next: as.under(next) }).catch((error: unknown) => {
    log.trouble('change the device key', error);
    return { kind: 'unknown', code: 'unreachable' } as const;
  });
}

type AreaLog = Pick<DesktopLog, 'outbox' | 'sync' | 'client' | 'changeKeyBy'>;
type Watch = Pick<DeviceKeyWatch, 'current' | 'replace'>;

/** Of an area: the person's command leads here from then on. */
export function openKeyChange(
  { changeKeyBy, outbox, sync, client }: AreaLog,
  { current, replace }: Watch,
  parts: Pick<KeyChangeParts, 'keychain' | 'store' | 'timers' | 'log'>,
): KeyChange {
  const keyChange = createKeyChange({ ...parts, outbox, sync, client, current, replace });
  changeKeyBy(keyChange.change);
  return keyChange;
}
