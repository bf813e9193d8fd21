import { calculateJwkThumbprint, jwtVerify, createLocalJWKSet, exportJWK, generateKeyPair } from 'jose';
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BrokerStore, Tables } from '#broker/store.ts';
import { createAccessTokens } from '#broker/tokens/access-tokens.ts';
import { tokenMigrations } from '#broker/tokens/migrations.ts';
import { makeKeyPair, openSealedKey, sealKey, thumbprint } from '#broker/tokens/sealed-key.ts';
import { createSigningKeys, type SigningKeys } from '#broker/tokens/signing-keys.ts';
import { openTestStore } from '#test/support/test-store.ts';
import { NOW_MS, order, testClock, type TestClock } from './orders.ts';
import { eventMigrations, tableLedger, type TableLedger } from './table-ledger.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const LIFE_MS = 7 * DAY_MS;
const CACHE_MS = 5 * MINUTE_MS;
const wrappingKey = randomBytes(32);

let store: BrokerStore;
let ledger: TableLedger;
let clock: TestClock;
beforeEach(async () => {
  store = await openTestStore<Tables>({ path: ':memory:', migrations: { ...tokenMigrations, ...eventMigrations } });
  ledger = tableLedger(store);
  clock = testClock();
});
afterEach(() => store.close());

function open(key: Uint8Array = wrappingKey): Promise<SigningKeys> {
  return createSigningKeys({
    store,
    ledger,
    clock,
    wrappingKey: key,
    maxTokenLifeMs: LIFE_MS,
    jwksCacheMs: CACHE_MS,
    rotateEveryMs: 30 * DAY_MS,
  });
}

const kids = (keys: SigningKeys) => keys.jwks().keys.map((key) => key.kid);
const rows = () => store.read.selectFrom('signing_keys').selectAll().orderBy('published_at_ms').execute();

describe('signing keys', () => {
  it('begin with one that signs at once, and stay the same over a restart', async () => {
    const first = await open();
    const second = await open();
    expect(kids(first)).toEqual([first.current().keyId]);
    expect(second.current().keyId).toBe(first.current().keyId);
    expect(await ledger.events()).toEqual([
      expect.objectContaining({
        kind: 'key.published',
        actor: 'broker',
        data: { keyId: first.current().keyId, usedFromMs: NOW_MS },
      }),
    ]);
  });

  it('show the world nothing but their public members, and cannot be taken out of the process', async () => {
    const keys = await open();
    expect(Object.keys(keys.jwks().keys[0] ?? {}).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
    await expect(crypto.subtle.exportKey('pkcs8', keys.current().privateKey)).rejects.toThrow();
  });

  it('are published two cache times before they sign', async () => {
    const keys = await open();
    const old = keys.current().keyId;
    const fresh = await keys.rotate();
    expect(kids(keys)).toEqual([old, fresh]);
    expect(keys.current().keyId).toBe(old);
    clock.nowMs += 2 * CACHE_MS - 1;
    expect(keys.current().keyId).toBe(old);
    clock.nowMs += 1;
    expect(keys.current().keyId).toBe(fresh);
  });

  it('vouch for their tokens exactly until the last of them can have expired, whether or not a tick came', async () => {
    const keys = await open();
    const old = keys.current().keyId;
    const tokens = createAccessTokens({ issuer: 'urn:x', keys, clock, maxTokenLifeMs: LIFE_MS });
    await keys.rotate();
    clock.nowMs += 2 * CACHE_MS - 1;
    const last = await tokens.sign(order({ startsAtMs: clock.nowMs, endsAtMs: clock.nowMs + 2 * LIFE_MS }));
    clock.nowMs += LIFE_MS - 1000;
    expect((await tokens.verify(last, { audience: null, nowMs: clock.nowMs })).ok).toBe(true);
    expect(kids(keys)).toContain(old);
    clock.nowMs += 1001;
    expect(kids(keys)).not.toContain(old);
    // Asked as of an earlier moment: not expired then, but its key is gone now.
    expect(await tokens.verify(last, { audience: null, nowMs: clock.nowMs - 5000 })).toEqual({
      ok: false,
      error: 'unknown_key',
    });
    await keys.tick();
    expect(await rows()).toHaveLength(1);
    expect((await ledger.events()).at(-1)).toMatchObject({ kind: 'key.retired', data: { keyId: old } });
  });

  it('lose their private half as soon as they sign no more', async () => {
    const keys = await open();
    const old = keys.current().keyId;
    await keys.rotate();
    const sealedOf = async () => (await rows()).find((row) => row.id === old)?.sealed ?? '';
    expect(openSealedKey(old, await sealedOf(), wrappingKey).seed).not.toBeNull();
    clock.nowMs += 2 * CACHE_MS;
    await keys.tick();
    expect(openSealedKey(old, await sealedOf(), wrappingKey).seed).toBeNull();
    expect(kids(await open())).toContain(old);
  });

  it('rotate by schedule, and keep every token verifiable by JWKS alone through a year of it', async () => {
    const keys = await open();
    const tokens = createAccessTokens({ issuer: 'urn:x', keys, clock, maxTokenLifeMs: LIFE_MS });
    const used = new Set<string>();
    let cached = { atMs: clock.nowMs, set: keys.jwks() };
    for (let day = 0; day < 365; day += 1) {
      clock.nowMs += DAY_MS / 2;
      await keys.tick();
      clock.nowMs += DAY_MS / 2;
      await keys.tick();
      used.add(keys.current().keyId);
      // A resource server that asked for the JWKS just before its cache time ran out.
      if (clock.nowMs - cached.atMs > CACHE_MS) cached = { atMs: clock.nowMs, set: keys.jwks() };
      clock.nowMs += CACHE_MS;
      const token = await tokens.sign(order({ startsAtMs: clock.nowMs, endsAtMs: clock.nowMs + 60_000 }));
      await jwtVerify(token, createLocalJWKSet(cached.set), { currentDate: new Date(clock.nowMs) });
      expect(keys.jwks().keys.length).toBeLessThanOrEqual(3);
    }
    expect(used.size).toBeGreaterThanOrEqual(12);
  });

  it('rotate once when several ask for what is due at the same time', async () => {
    const [one, two] = [await open(), await open()];
    clock.nowMs += 31 * DAY_MS;
    await Promise.all([one.tick(), two.tick(), one.tick()]);
    expect(await rows()).toHaveLength(2);
    expect(kids(one)).toEqual(kids(two));
  });

  it('are not changed when the record of the change cannot be written', async () => {
    const keys = await open();
    const before = kids(keys);
    ledger.failNext = true;
    await expect(keys.rotate()).rejects.toThrow('the ledger is broken');
    expect(await rows()).toHaveLength(1);
    await keys.tick();
    expect(kids(keys)).toEqual(before);
    clock.nowMs += 31 * DAY_MS;
    ledger.failNext = true;
    await expect(keys.tick()).rejects.toThrow('the ledger is broken');
    await keys.tick();
    expect(kids(keys)).toHaveLength(2);
  });

  it('rotate within a caller transaction, or not at all', async () => {
    const keys = await open();
    await expect(
      store.transaction(async (tx) => {
        await keys.rotate(tx);
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    await keys.tick();
    expect(kids(keys)).toHaveLength(1);
    const fresh = await store.transaction((tx) => keys.rotate(tx, 'sub_admin'));
    await keys.tick();
    expect(kids(keys)).toContain(fresh);
    expect((await ledger.events()).at(-1)).toMatchObject({ kind: 'key.published', actor: 'sub_admin' });
  });

  it('go on signing when the clock is set back', async () => {
    const keys = await open();
    const old = keys.current().keyId;
    clock.nowMs -= DAY_MS;
    expect(keys.current().keyId).toBe(old);
  });
});

describe('a key in the database', () => {
  it('is nowhere in clear', async () => {
    await open();
    const pair = makeKeyPair();
    const sealed = sealKey(pair, wrappingKey);
    for (const part of [pair.publicBytes, pair.seed ?? new Uint8Array()]) {
      expect(Buffer.from(sealed.slice(3), 'base64url').includes(Buffer.from(part))).toBe(false);
    }
    expect(Object.keys((await rows())[0] ?? {})).toEqual([
      'id',
      'sealed',
      'published_at_ms',
      'used_from_ms',
      'retired_from_ms',
    ]);
  });

  it('does not open with another wrapping key, under another id, or after any change', async () => {
    await open();
    await expect(open(randomBytes(32))).rejects.toThrow(/cannot be opened/);
    await expect(open(randomBytes(16))).rejects.toThrow(RangeError);
    const pair = makeKeyPair();
    const sealed = sealKey(pair, wrappingKey);
    expect(openSealedKey(pair.keyId, sealed, wrappingKey)).toEqual(pair);
    expect(() => openSealedKey(makeKeyPair().keyId, sealed, wrappingKey)).toThrow(/cannot be opened/);
    // Sealed by us, but not what its id says: a public key of one pair with the private key of another.
    const other = makeKeyPair();
    for (const mixed of [
      { ...pair, keyId: other.keyId },
      { ...pair, seed: other.seed },
      { ...other, seed: pair.seed },
      { ...pair, keyId: other.keyId, seed: null },
    ]) {
      expect(() => openSealedKey(mixed.keyId, sealKey(mixed, wrappingKey), wrappingKey)).toThrow(/cannot be opened/);
    }
    const bytes = Buffer.from(sealed.slice(3), 'base64url');
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => openSealedKey(pair.keyId, `v1.${changed.toString('base64url')}`, wrappingKey)).toThrow(
        /cannot be opened/,
      );
    }
    for (const wrong of ['', 'v1.', 'v2.AAAA', sealed.slice(0, -22), sealed.replace('v1.', 'v0.')]) {
      expect(() => openSealedKey(pair.keyId, wrong, wrappingKey)).toThrow(/cannot be opened/);
    }
  });

  it('that somebody planted stops the start instead of being trusted', async () => {
    await open();
    const planted = makeKeyPair();
    const times = { published_at_ms: 1, used_from_ms: 1, retired_from_ms: null };
    const sealed = sealKey(planted, randomBytes(32));
    await store.transaction((tx) =>
      tx
        .insertInto('signing_keys')
        .values({ id: planted.keyId, sealed, ...times })
        .execute(),
    );
    await expect(open()).rejects.toThrow(/cannot be opened/);
  });

  it('has the id that RFC 7638 gives its public key', async () => {
    const { publicKey } = await generateKeyPair('Ed25519', { extractable: true });
    const jwk = await exportJWK(publicKey);
    expect(thumbprint(Buffer.from(jwk.x ?? '', 'base64url'))).toBe(await calculateJwkThumbprint(jwk));
  });
});
