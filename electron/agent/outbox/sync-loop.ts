// Keeps sending for as long as the app runs: at once when there is something, again and again after a failure.
// It never gives up and never skips a record; what a failure was is remembered for who looks.
import { MINUTE_MS, SECOND_MS } from '#shared/domain/time.ts';
import type { Timers } from '../ports.ts';
import type { AuditClient } from './audit-client.ts';
import { type Exchange, exchange, type ExchangeParts, type Failure } from './exchange.ts';
import { ofDesktop } from './keep-watched.ts';
import { createPause } from './pause.ts';
import { readKnown } from './sync-row.ts';
import type { Seen } from './sync-view.ts';

export type SyncLoopOptions = ExchangeParts & {
  /** The client of a person who enrolled this device, or null while nobody is signed in. */
  readonly client: () => AuditClient | null;
  readonly timers: Timers;
  /** Told of what is no answer at all, as a broken connection. */
  readonly onTrouble?: (error: unknown) => void;
};

export type SyncLoop = {
  readonly seen: () => Seen;
  /** Reads again what is seen. */
  readonly look: () => Promise<void>;
  readonly subscribe: (listener: () => void) => () => void;
  readonly hurry: () => void;
  readonly close: () => Promise<void>;
};

/** Records that are written together travel together: each call costs the receiver a record of its own. */
const GATHER_MS = 200;
const FIRST_RETRY_MS = SECOND_MS;
const LAST_RETRY_MS = 5 * MINUTE_MS;

export async function startSyncLoop(options: SyncLoopOptions): Promise<SyncLoop> {
  const { outbox, timers, onTrouble = () => {} } = options;
  const listeners = new Set<() => void>();
  const pause = createPause(timers);
  const end = new AbortController();
  let seen = await readSeen(options, null);
  let recorded: string | null = null;
  // At the start and whenever somebody hurries, as who comes back from an outage does.
  let look = true;

  async function tell(failure: Failure | null): Promise<void> {
    seen = await readSeen(options, failure);
    for (const listener of listeners) listener();
  }

  /** Once for each reason in a row, or the log would grow by its own refusals. */
  async function recordRefusal(failure: Failure | null): Promise<void> {
    const code = failure?.refused === true ? failure.code : null;
    if (code !== null && code !== recorded) await record(options, code);
    recorded = code;
  }

  async function runOnce(): Promise<Exchange> {
    const looks = look;
    look = false;
    const done = await tryExchange(options, looks);
    const failure = done.kind === 'failed' ? done : null;
    // What was sent and answered was looked at too.
    if (failure !== null && looks) look = true;
    await recordRefusal(failure).catch(onTrouble);
    await tell(failure).catch(onTrouble);
    return done;
  }

  async function run(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    let setBackMs = 0;
    while (!end.signal.aborted) {
      const before = placeOf(options, seen);
      const { kind } = await runOnce();
      if (end.signal.aborted) return;
      if (kind === 'moved') {
        retryMs = FIRST_RETRY_MS;
        if (isAhead(placeOf(options, seen), before)) continue;
        // An honest receiver sets back once, and takes what follows. Each new epoch costs the disk of this desktop.
        if (setBackMs > 0) await pause.atMost(setBackMs);
        setBackMs = Math.min(Math.max(2 * setBackMs, FIRST_RETRY_MS), LAST_RETRY_MS);
        continue;
      }
      // Asked for again after a while; new records do not wait for that.
      if (kind === 'failed') await pause.atMost(retryMs);
      if (kind === 'unproven') await pause.untilRung(retryMs);
      retryMs = kind === 'done' ? FIRST_RETRY_MS : Math.min(2 * retryMs, LAST_RETRY_MS);
      if (kind === 'failed') continue;
      setBackMs = 0;
      if (kind === 'done') await pause.untilRung();
      await pause.atMost(GATHER_MS);
    }
  }

  const stopListening = outbox.subscribe(() => {
    // The key came: there is no reason to wait any longer.
    if (seen.failure?.code === NO_KEY) pause.hurry();
    else pause.ring();
  });
  const running = run();
  return {
    seen: () => seen,
    look: () => tell(seen.failure),
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    hurry() {
      look = true;
      pause.hurry();
    },
    async close() {
      end.abort();
      stopListening();
      pause.stop();
      await running;
    },
  };
}

const NO_KEY = 'no_device_key';

type Place = { readonly epoch: number; readonly cursor: number };

function placeOf({ outbox }: SyncLoopOptions, { known }: Seen): Place {
  return { epoch: outbox.log()?.epoch ?? 0, cursor: known.cursor };
}

function isAhead(now: Place, before: Place): boolean {
  return now.epoch === before.epoch && now.cursor > before.cursor;
}

async function readSeen({ store, outbox, clock }: SyncLoopOptions, failure: Failure | null): Promise<Seen> {
  const known = await readKnown(store.read, outbox.log());
  return { known, records: await outbox.records(), failure, lookedAtMs: clock.now() };
}

async function tryExchange(options: SyncLoopOptions, look: boolean): Promise<Exchange> {
  const log = options.outbox.log();
  const client = options.client();
  if (log === null) return { kind: 'failed', code: NO_KEY, refused: false };
  if (client === null) return { kind: 'failed', code: 'nobody_signed_in', refused: false };
  try {
    return await exchange(options, client, log, look);
  } catch (error) {
    options.onTrouble?.(error);
    return { kind: 'failed', code: 'unreachable', refused: false };
  }
}

async function record({ store, outbox, clock }: SyncLoopOptions, code: string): Promise<void> {
  await store.transaction((tx) =>
    outbox.append(tx, { ...ofDesktop(clock.now()), outcome: 'failure', kind: 'sync.refused', data: { code } }),
  );
}
