// A whole embedded broker on real parts: SQLite, ledger, Cedar, tokens, gateway. Only the clock is set by hand.
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes, randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '#broker/config/load-config.ts';
import type { BrokerKeys } from '#broker/config/read-keys.ts';
import type { Broker, BrokerOptions } from '#broker/broker.ts';
import { createBroker } from '#broker/create-broker.ts';
import type { Caller } from '#broker/identity/caller.ts';
import { brokerMigrations } from '#broker/migrations.ts';
import type { SharedDatabase } from '#shared/store/store.ts';
import type { BrokerStore, Tables } from '#broker/store.ts';
import { createBrokerClient, type BrokerClient } from '#shared/client/broker-client.ts';
import { createDeviceKey, type DeviceKey } from '#shared/device/device-proof.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import { isOnPostgres, openTestStore } from './test-store.ts';
import { CONFIG } from './world-files.ts';

export const BASE_URL = 'http://broker.daypass.internal';

export type HandClock = {
  readonly now: () => EpochMs;
  readonly set: (atMs: EpochMs) => void;
  readonly advance: (byMs: number) => void;
};

export type World = {
  readonly clock: HandClock;
  readonly folder: string;
  readonly keys: BrokerKeys;
  /** The running broker; another one after a restart. */
  readonly broker: () => Broker;
  readonly store: () => BrokerStore;
  readonly troubles: { readonly error: unknown; readonly where: string }[];
  /** A client of a configured user, on a device of their own that is enrolled. */
  readonly as: (user: string, deviceName?: string) => Promise<BrokerClient>;
  readonly deviceKey: (user: string, deviceName?: string) => Promise<DeviceKey>;
  /** A raw call as a user, or as nobody. */
  readonly call: (request: Request, user: string | null) => Promise<Response>;
  /** A raw call of whoever the channel took for the caller. */
  readonly callBy: (request: Request, caller: Caller) => Promise<Response>;
  readonly writeFile: (name: string, text: string) => void;
  readonly stop: () => Promise<void>;
  /** Ends the broker so that nothing it does from this moment on reaches its database. */
  readonly kill: () => Promise<void>;
  readonly start: (over?: Partial<BrokerOptions>) => Promise<void>;
  readonly close: () => Promise<void>;
};

export type WorldOptions = {
  readonly config?: string;
  readonly catalog?: string;
  readonly startAt?: string;
  readonly wrapIssuer?: BrokerOptions['wrapIssuer'];
  /** What else the broker is started with, at every start. */
  readonly broker?: Partial<BrokerOptions>;
  /** How a user's call reaches the broker. Default: through the embedded broker's port. */
  readonly callerOf?: (user: string | null) => Promise<Caller> | Caller;
  /** What lies between a caller and the broker. Default: nothing. */
  readonly carry?: (request: Request, caller: Caller, broker: Broker['fetch']) => Promise<Response>;
  /** Makes the world's clock, for parts that are made before it. */
  readonly clock?: HandClock;
  /** Puts something between the broker and its database, at every start. */
  readonly wrapStore?: (store: BrokerStore) => BrokerStore;
};

/** Tuesday, 10:00 in Europe/Berlin. */
export const START = '2026-11-24T09:00:00Z';

type OpenWorld = (options?: WorldOptions) => Promise<World>;
let open: OpenWorld = openEmbeddedWorld;

/** From now on worlds of this file are opened so: `over-http.ts` does it. */
export function openWorldsBy(another: OpenWorld): void {
  open = another;
}

/** A world on the channel of this test file: the embedded broker's, unless `over-http.ts` came first. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  return await open(options);
}

/** For what only holds of one channel. */
export function isOverHttp(): boolean {
  return open !== openEmbeddedWorld;
}

/** Registers with `it` or `describe` what a body in memory alone can do; over HTTP there is no such test. */
export function notOverHttp<R extends (name: string, ...rest: never[]) => unknown>(register: R): R {
  return isOverHttp() ? ((() => undefined) as unknown as R) : register;
}

export async function openEmbeddedWorld(options: WorldOptions = {}): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-world-'));
  const writeFile = (name: string, text: string): void => {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  };
  for (const part of ['catalog.yaml', 'policies', 'data']) {
    cpSync(new URL(`../../examples/solo/${part}`, import.meta.url), join(folder, part), { recursive: true });
  }
  if (options.catalog !== undefined) writeFile('catalog.yaml', options.catalog);
  const clock = options.clock ?? createHandClock(Date.parse(options.startAt ?? START));
  const keys: BrokerKeys = {
    tokenWrapping: randomBytes(32),
    ledger: randomBytes(32),
    keyedHash: randomBytes(32),
    erasure: randomBytes(32),
  };
  const parsed = parseConfig({ file: join(folder, 'daypass.yaml'), text: options.config ?? CONFIG });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const callerOf = options.callerOf ?? embeddedCaller;
  const troubles: { error: unknown; where: string }[] = [];
  const devices = new Map<string, Promise<DeviceKey>>();
  let store: BrokerStore | null = null;
  let broker: Broker | null = null;

  let life = createLife();

  const start: World['start'] = async (over = {}) => {
    life = createLife();
    store = await openTestStore<Tables>({ path: join(folder, 'state', 'broker.sqlite'), migrations: brokerMigrations });
    const created = await createBroker({
      loaded: parsed.value,
      store: life.of(options.wrapStore?.(store) ?? store),
      clock,
      keys,
      secret: (reference) => Promise.reject(new Error(`no secret ${reference} in this world`)),
      onTrouble: (error, where) => void (life.isOver() || troubles.push({ error, where })),
      ...(options.wrapIssuer === undefined ? {} : { wrapIssuer: options.wrapIssuer }),
      ...options.broker,
      ...over,
    });
    if (!created.ok) throw new Error(JSON.stringify(created.error));
    broker = created.value;
  };
  const running = (): Broker => {
    if (broker === null) throw new Error('the broker is stopped');
    return broker;
  };
  const stop = async (): Promise<void> => {
    await broker?.close();
    broker = null;
  };
  const kill = async (): Promise<void> => {
    const state = join(folder, 'state');
    // A file is taken as it is at this moment, and has to recover; a database of its own server stays as it is.
    if (!isOnPostgres()) cpSync(state, `${state}.killed`, { recursive: true });
    life.end();
    await stop().catch(() => undefined);
    if (isOnPostgres()) return;
    rmSync(state, { recursive: true });
    renameSync(`${state}.killed`, state);
  };
  const callBy: World['callBy'] = async (request, caller) =>
    options.carry === undefined
      ? await running().fetch(request, caller)
      : await options.carry(request, caller, async (...call) => await running().fetch(...call));
  const call: World['call'] = async (request, user) => {
    const caller = callerOf(user);
    // Without a turn of the event loop where the channel itself is the proof: the call has begun when this returns.
    return await callBy(request, caller instanceof Promise ? await caller : caller);
  };
  const deviceKey: World['deviceKey'] = (user, deviceName = 'laptop') => {
    const name = `${user} ${deviceName}`;
    const key = devices.get(name) ?? createDeviceKey({ extractable: true });
    devices.set(name, key);
    return key;
  };
  await start();
  return {
    clock,
    folder,
    keys,
    broker: running,
    store: () => {
      if (store === null) throw new Error('no store');
      return store;
    },
    troubles,
    as: async (user, deviceName) => {
      const client = createBrokerClient({
        fetch: async (request) => await call(request, user),
        baseUrl: BASE_URL,
        deviceKey: await deviceKey(user, deviceName),
        clock,
      });
      expectOk(await client.enrolDevice());
      return client;
    },
    deviceKey,
    call,
    callBy,
    writeFile,
    stop,
    kill,
    start,
    close: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function embeddedCaller(user: string | null): Caller {
  return user === null ? { kind: 'anonymous' } : { kind: 'embedded', user };
}

/** A life of a process: once it is over, nothing of it is written any more. */
function createLife(): { of: (store: BrokerStore) => BrokerStore; end: () => void; isOver: () => boolean } {
  let over = false;
  const alive = (): void => {
    if (over) throw new Error('the process was killed');
  };
  const whileAlive = (shared: SharedDatabase): SharedDatabase => ({
    ...shared,
    statement: async (query) => {
      alive();
      return await shared.statement(query);
    },
  });
  return {
    of: (store) => ({
      ...store,
      transaction: async (work, options) => {
        alive();
        return await store.transaction(work, options);
      },
      shared: store.shared === null ? null : whileAlive(store.shared),
    }),
    end: () => void (over = true),
    isOver: () => over,
  };
}

export function createHandClock(startMs: EpochMs): HandClock {
  let nowMs = startMs;
  return {
    now: () => nowMs,
    set: (atMs) => {
      nowMs = atMs;
    },
    advance: (byMs) => {
      nowMs += byMs;
    },
  };
}

export function expectOk<T>(
  result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown },
): T {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.error)}`);
  return result.value;
}

export function newKey(): string {
  return randomUUID();
}
