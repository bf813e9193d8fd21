// An agent on a whole real broker. The machine around it is small and by hand: clock, timers, screen lock, notifications.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Agent } from '#electron/agent/agent.ts';
import type { ConnectionPort } from '#electron/agent/connection/connection-port.ts';
import { createAgent } from '#electron/agent/create-agent.ts';
import type { BrokerHost } from '#electron/agent/embedded-broker/broker-host.ts';
import type { KeychainProblem } from '#electron/agent/keychain-port.ts';
import type { SessionStore } from '#electron/agent/kept/kept.ts';
import { sessionMigrations } from '#electron/agent/kept/migrations.ts';
import type { SessionTables } from '#electron/agent/kept/tables.ts';
import type { AgentEvent, Outbox } from '#electron/agent/outbox-port.ts';
import type { Notice } from '#electron/agent/ports.ts';
import type { DeskSinks } from '#electron/agent/sinks/sinks-port.ts';
import type { ClockJump, Deadlines } from '#electron/agent/time-port.ts';
import type { Vault } from '#electron/agent/vault/vault.ts';
import type { WishForm } from '#shared/contracts/desktop/commands.ts';
import { settingsSchema, type Settings } from '#shared/contracts/desktop/settings.ts';
import { createDeviceKey, type DeviceKey } from '#shared/device/device-proof.ts';
import { err, ok } from '#shared/domain/result.ts';
import { HOUR_MS, type Clock } from '#shared/domain/time.ts';
import { openSqlite } from '#shared/store/sqlite.ts';
import type { Store } from '#shared/store/store.ts';
import { BASE_URL, type World } from './broker-world.ts';
import { createMemoryVault, newVaultDisk, type MemoryVault, type VaultDisk } from './memory-vault.ts';

/** What a machine keeps when the program stops. */
export type Machine = {
  readonly world: World;
  readonly deviceKey: DeviceKey;
  readonly store: Store<SessionTables>;
  readonly disk: VaultDisk;
  readonly host: HandHost;
  readonly close: () => Promise<void>;
};

export type HandHost = BrokerHost & {
  /** Nobody answers from now on. */
  readonly cut: () => void;
  readonly mend: () => void;
  /** The broker's thread stopped, or started again. */
  readonly setState: (state: ReturnType<BrokerHost['state']>) => void;
  /** Looks at each call before it is made; may throw instead. */
  readonly onCall: (look: ((request: Request, user: string) => void) | null) => void;
};

export type Desk = {
  readonly agent: Agent;
  readonly vault: MemoryVault;
  readonly deadlines: HandDeadlines;
  readonly timers: HandTimers;
  readonly notices: () => readonly Notice[];
  /** Tags of those that are still shown. */
  readonly shown: () => ReadonlyMap<string, Notice>;
  readonly presence: { locked: boolean; idleMs: number };
  readonly events: readonly AgentEvent[];
  readonly troubles: readonly { readonly event: string; readonly error: unknown }[];
  readonly copied: readonly string[];
  readonly setJump: (jump: ClockJump | null) => void;
  /** Whether the log would be sent now, in somebody's name. */
  readonly sendsLog: () => boolean;
  readonly refuseGrants: (code: 'disk_full' | 'backlog_full' | 'alarm' | null) => void;
  readonly failKeychain: (problem: KeychainProblem | null) => void;
  /** Moves all clocks, and fires what is due. */
  readonly advance: (byMs: number) => Promise<void>;
  readonly stop: () => Promise<void>;
};

export async function openMachine(world: World): Promise<Machine> {
  const store = await openSqlite<SessionTables>({ path: ':memory:', migrations: sessionMigrations });
  return {
    world,
    deviceKey: await createDeviceKey(),
    store,
    disk: newVaultDisk(),
    host: createHandHost(world),
    close: async () => await store.close(),
  };
}

function createHandHost(world: World): HandHost {
  const listeners = new Set<() => void>();
  let state: ReturnType<BrokerHost['state']> = { kind: 'ready', gatewayUrl: world.broker().gatewayUrl };
  let connected = true;
  let look: ((request: Request, user: string) => void) | null = null;
  let cuts = new AbortController();
  return {
    mode: 'embedded',
    baseUrl: BASE_URL,
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    letsIn: () => true,
    people: () => [
      { user: 'ana', name: 'Ana Lima' },
      { user: 'jo', name: 'Jo Berg' },
      { user: 'sam', name: 'Sam Okoye' },
      { user: 'max', name: 'Max Roth' },
      { user: 'lee', name: 'Lee Novak' },
    ],
    fetch: async (request, user) => {
      if (!connected) throw new Error('nobody answers');
      look?.(request, user);
      const stop = AbortSignal.any([request.signal, cuts.signal]);
      return await world.call(new Request(request, { signal: stop }), user);
    },
    retry: () => undefined,
    exportLedger: null,
    close: async () => undefined,
    cut: () => {
      connected = false;
      cuts.abort();
    },
    mend: () => {
      connected = true;
      cuts = new AbortController();
    },
    setState: (next) => {
      state = next;
      for (const listener of listeners) listener();
    },
    onCall: (next) => {
      look = next;
    },
  };
}

export type HandTimers = {
  readonly after: (delayMs: number, run: () => void) => () => void;
  /** Fires what is due after so much time. */
  readonly advance: (byMs: number) => void;
};

/** Timers that move only by hand. */
export function createHandTimers(): HandTimers {
  const waiting = new Set<{ readonly atMs: number; readonly run: () => void }>();
  let nowMs = 0;
  return {
    after: (delayMs, run) => {
      const timer = { atMs: nowMs + delayMs, run };
      waiting.add(timer);
      return () => waiting.delete(timer);
    },
    advance: (byMs) => {
      nowMs += byMs;
      for (const timer of [...waiting].sort((a, b) => a.atMs - b.atMs)) {
        if (timer.atMs > nowMs || !waiting.delete(timer)) continue;
        timer.run();
      }
    },
  };
}

export type HandDeadlines = Deadlines & { readonly ids: () => readonly string[] };

export function createHandDeadlines(clock: Clock): HandDeadlines {
  const waiting = new Map<string, { readonly atMs: number; readonly run: () => void }>();
  return {
    at: (id, atMs, run) => void waiting.set(id, { atMs, run }),
    cancel: (id) => void waiting.delete(id),
    recheck: () => {
      for (const [id, { atMs, run }] of [...waiting].sort((a, b) => a[1].atMs - b[1].atMs)) {
        if (atMs > clock.now() || !waiting.delete(id)) continue;
        run();
      }
    },
    ids: () => [...waiting.keys()],
  };
}

export type DeskOptions = {
  readonly osUser?: string;
  readonly settings?: Partial<Settings>;
  readonly store?: SessionStore;
  /** Another vault than the small one of these tests. */
  readonly vault?: (deadlines: Deadlines) => Vault;
  /** What the clock did while the program did not run. */
  readonly jump?: ClockJump;
};

/** Starts the program on a machine. */
export async function startDesk(machine: Machine, options: DeskOptions = {}): Promise<Desk> {
  const { world, host } = machine;
  const deadlines = createHandDeadlines(world.clock);
  const timers = createHandTimers();
  const vault = createMemoryVault({ clock: world.clock, deadlines, disk: machine.disk });
  const presence = { locked: false, idleMs: 0 };
  const told: Notice[] = [];
  const shown = new Map<string, Notice>();
  const events: AgentEvent[] = [];
  const troubles: { event: string; error: unknown }[] = [];
  const copied: string[] = [];
  const jumpListeners = new Set<() => void>();
  const settingListeners = new Set<() => void>();
  let settings = settingsSchema.parse(options.settings ?? {});
  let jump: ClockJump | null = options.jump ?? null;
  let refusal: 'disk_full' | 'backlog_full' | 'alarm' | null = null;
  let keychain: KeychainProblem | null = null;
  let logClient: () => unknown = () => null;
  const agent = await createAgent({
    version: '0.0.0',
    host,
    connection: EMBEDDED,
    deviceKey: () => machine.deviceKey,
    onSession: (client) => (logClient = client),
    store: options.store ?? machine.store,
    vault: options.vault?.(deadlines) ?? vault,
    outbox: createHandOutbox(events, () => refusal),
    sinks: NO_SINKS,
    keychain: { probe: async () => (keychain === null ? ok(null) : err(keychain)) },
    time: {
      now: world.clock.now,
      jump: () => jump,
      acceptJump: async () => {
        jump = null;
        for (const listener of jumpListeners) listener();
      },
      subscribe: (listener) => {
        jumpListeners.add(listener);
        return () => jumpListeners.delete(listener);
      },
    },
    deadlines,
    timers,
    clipboard: { write: async (text) => void copied.push(text) },
    presence: { locked: () => presence.locked, idleMs: () => presence.idleMs },
    settings: {
      state: () => ({ values: settings, managed: [] }),
      change: async (change) => {
        settings = { ...settings, ...change };
        for (const listener of settingListeners) listener();
        return ok(null);
      },
      subscribe: (listener) => {
        settingListeners.add(listener);
        return () => settingListeners.delete(listener);
      },
    },
    notices: {
      show: (notice) => {
        told.push(notice);
        shown.set(notice.tag, notice);
      },
      withdraw: (tag) => void shown.delete(tag),
    },
    log: { info: () => undefined, trouble: (event, error) => void troubles.push({ event, error }) },
    osUser: options.osUser ?? 'ana',
  });
  return {
    agent,
    vault,
    deadlines,
    timers,
    notices: () => told,
    shown: () => shown,
    presence,
    events,
    troubles,
    copied,
    setJump: (next) => {
      jump = next;
      for (const listener of jumpListeners) listener();
    },
    sendsLog: () => logClient() !== null,
    refuseGrants: (code) => {
      refusal = code;
    },
    failKeychain: (problem) => {
      keychain = problem;
      vault.failKeychain(problem);
    },
    advance: async (byMs) => {
      world.clock.advance(byMs);
      await world.broker().runDue();
      deadlines.recheck();
      timers.advance(byMs);
      await nextTurn();
    },
    stop: async () => await agent.close(),
  };
}

const noSuchSink = async () => err('not_known' as const);
const NO_SINKS: DeskSinks = {
  cards: () => [],
  subscribe: () => () => undefined,
  add: noSuchSink,
  setSecret: noSuchSink,
  remove: noSuchSink,
  test: noSuchSink,
  resend: noSuchSink,
  retry: async () => undefined,
};

const elsewhere = async () => err('internal' as const);
/** The one broker there is: no other is to be had. */
const EMBEDDED: ConnectionPort = {
  view: () => ({ kind: 'embedded' }),
  signIn: null,
  brokers: { find: async () => err('no_broker'), connect: elsewhere, disconnect: elsewhere },
};

function createHandOutbox(events: AgentEvent[], refusal: () => 'disk_full' | 'backlog_full' | 'alarm' | null): Outbox {
  return {
    append: async (event) => void events.push(event),
    state: () => ({ kind: 'synced', atMs: 0 }),
    verification: () => ({
      records: events.length,
      result: 'not_yet',
      verifiedAtMs: null,
      code: null,
      cosigned: null,
      verifiedRecords: null,
      prunedRecords: 0,
      selfAttested: false,
      restored: null,
    }),
    verifyNow: async () => undefined,
    syncNow: () => undefined,
    changeKey: async () => err('no_key'),
    acceptLedger: async () => (refusal() === 'alarm' ? err('not_signed') : err('no_alarm')),
    canRecordGrant: () => {
      const code = refusal();
      return code === null ? ok(null) : err(code);
    },
    exportTo: async () => events.length,
    ownRecords: async () => [],
    subscribe: () => () => undefined,
  };
}

export const FORM: WishForm = {
  resource: 'dataset:penguins',
  actions: ['read'],
  purpose: 'evaluation',
  justification: '',
  ticket: null,
  durationMs: HOUR_MS,
  startAtMs: null,
  endsWithOperation: false,
  extendsGrant: null,
  breakGlass: false,
};
