// The keys that sign access tokens: opened from the database into memory, rotated on schedule, published before use.
// No private key leaves this process or is ever extractable.
import type { SubjectId } from '#shared/domain/identity.ts';
import { DAY_MS, MINUTE_MS, type Clock, type DurationMs } from '#shared/domain/time.ts';
import type { Ledger } from '#broker/ledger/ledger.ts';
import type { BrokerStore, Tx } from '#broker/store.ts';
import { isTrusted, keyInUse, publicKeySet, type RingKey, type TokenKeys } from './key-ring.ts';
import { publishKey, readKeys, takeStep, type KeyWriting, type StoredKey } from './key-rows.ts';
import { dueSteps, publishNow, type Schedule } from './key-schedule.ts';
import { privateKeyDer } from './sealed-key.ts';

export type SigningKeysDeps = {
  readonly store: BrokerStore;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly clock: Clock;
  /** 32 bytes from outside the database. */
  readonly wrappingKey: Uint8Array;
  readonly maxTokenLifeMs: DurationMs;
  /** How long resource servers may keep the JWKS: the `max-age` that it must be served with. */
  readonly jwksCacheMs?: DurationMs;
  readonly rotateEveryMs?: DurationMs;
};

export type SigningKeys = TokenKeys & {
  /**
   * Publishes a new key, used after two JWKS cache times. Gives its id. Within a caller's transaction it is in
   * memory from the next `tick` on: call that after the commit.
   */
  readonly rotate: (tx?: Tx, actor?: SubjectId) => Promise<string>;
  /** Does what is due and takes what the database has into memory. Call it about once a minute. */
  readonly tick: () => Promise<void>;
};

/** Opens the keys; on a first start makes one. Throws when a stored key cannot be opened with the wrapping key. */
export async function createSigningKeys(deps: SigningKeysDeps): Promise<SigningKeys> {
  const { store, clock, ledger, wrappingKey, maxTokenLifeMs } = deps;
  if (wrappingKey.length !== 32) throw new RangeError('the token wrapping key is 32 bytes');
  const schedule: Schedule = {
    maxTokenLifeMs,
    jwksCacheMs: deps.jwksCacheMs ?? 5 * MINUTE_MS,
    rotateEveryMs: deps.rotateEveryMs ?? 90 * DAY_MS,
  };
  let ring: readonly RingKey[] = [];
  const writing = (tx: Tx, actor: SubjectId | 'broker'): KeyWriting => ({
    tx,
    ledger,
    wrappingKey,
    nowMs: clock.now(),
    actor,
  });

  async function doWhatIsDue(): Promise<void> {
    const seen = await readKeys(store.read, wrappingKey);
    if (stepsDue(seen, clock.now(), schedule).length > 0) {
      await store.transaction(async (tx) => {
        // Looked at again inside: another tick, or another process, may have been faster.
        const steps = stepsDue(await readKeys(tx, wrappingKey), clock.now(), schedule);
        for (const step of steps) await takeStep(step, writing(tx, 'broker'));
      });
    }
    ring = await toRing(await readKeys(store.read, wrappingKey), ring);
  }

  const tick = inTurn(doWhatIsDue);
  await tick();
  return {
    current: () => {
      const key = keyInUse(ring, clock.now());
      if (key === null || key.privateKey === null) throw new Error('no signing key is in use');
      return { keyId: key.keyId, privateKey: key.privateKey };
    },
    publicKey: (keyId) => {
      const key = ring.find((each) => each.keyId === keyId);
      return key !== undefined && isTrusted(key, clock.now(), maxTokenLifeMs) ? key.publicKey : null;
    },
    jwks: () => publicKeySet(ring, clock.now(), maxTokenLifeMs),
    rotate: async (tx, actor = 'broker') => {
      const publish = (within: Tx) => publishKey(publishNow(clock.now(), schedule).usedFromMs, writing(within, actor));
      if (tx !== undefined) return publish(tx);
      const keyId = await store.transaction(publish);
      await tick();
      return keyId;
    },
    tick,
  };
}

function stepsDue(keys: readonly StoredKey[], nowMs: number, schedule: Schedule) {
  const scheduled = keys.map((key) => ({ ...key, maySign: key.seed !== null }));
  for (const key of keys) key.seed?.fill(0);
  return dueSteps(scheduled, nowMs, schedule);
}

/** Keeps the keys that memory has already: their identity tells whether a token was verified with this very key. */
async function toRing(stored: readonly StoredKey[], known: readonly RingKey[]): Promise<readonly RingKey[]> {
  return Promise.all(
    stored.map(async ({ keyId, publicBytes, seed, publishedAtMs, usedFromMs, retiredFromMs }) => {
      const same = known.find((key) => key.keyId === keyId);
      const publicKey =
        same?.publicKey ??
        (await crypto.subtle.importKey('raw', new Uint8Array(publicBytes), 'Ed25519', true, ['verify']));
      const privateKey = seed === null ? null : (same?.privateKey ?? (await importPrivate(seed)));
      seed?.fill(0);
      const publicX = Buffer.from(publicBytes).toString('base64url');
      return { keyId, publicX, publicKey, privateKey, publishedAtMs, usedFromMs, retiredFromMs };
    }),
  );
}

async function importPrivate(seed: Uint8Array) {
  const der = privateKeyDer(seed);
  const key = await crypto.subtle.importKey('pkcs8', der, 'Ed25519', false, ['sign']);
  der.fill(0);
  return key;
}

/** Runs one at a time, so that an older reading never replaces a newer one. */
function inTurn(work: () => Promise<void>): () => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return () => (last = last.then(work, work));
}
