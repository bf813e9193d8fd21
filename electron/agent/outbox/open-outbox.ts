// Opens the desktop's log in the agent's store: intake always, tree and checkpoints as soon as the device key is there.
import type { LogSigner } from '#shared/audit/log-key.ts';
import { type RecordSource, renameRecord } from '#shared/audit/record.ts';
import type { OutboxEvent } from '#shared/domain/audit-event.ts';
import { outboxOrigin } from '#shared/domain/outbox-origin.ts';
import type { Clock } from '#shared/domain/time.ts';
import { intakeWriter, type Taken } from '#shared/log/intake.ts';
import { LogError } from '#shared/log/log-error.ts';
import { openLog } from '#shared/log/open-log.ts';
import { FIRST_EPOCH, readState } from '#shared/log/open-state.ts';
import { toWholeNumber } from '#shared/log/row-reading.ts';
import { countRecords } from './count-records.ts';
import { isUndecided, keepKey, offerKey, readOffer, takeKey } from './key-offer.ts';
import { startEpoch, takeNewKey } from './start-epoch.ts';
import type { NextEpoch, Outbox, OutboxStore, OutboxTx, SignedLog } from './outbox.ts';
import { OUTBOX_TABLES } from './tables.ts';

export type OutboxOptions = {
  /** A store that has `outboxMigrations` among its own. */
  readonly store: OutboxStore;
  readonly clock: Clock;
  /** Tells this run of the program from others. */
  readonly bootId: string;
  /** Null while the keychain does not give the device key: records are taken in and signed later. */
  readonly signer: LogSigner | null;
  /** Told when sequencing failed (it is retried) or a listener threw. */
  readonly onTrouble?: (error: unknown) => void;
};

/** Holds the place of the log's name in records written before the key was ever read. As long as a real one. */
const UNNAMED_ORIGIN = outboxOrigin('-'.repeat(43));

/**
 * Opens the outbox. What an earlier run left in the intake is in the log before this resolves, if the key is there.
 * Refuses with LogError `damaged` when the log was changed outside of the program.
 */
export async function openOutbox(options: OutboxOptions): Promise<Outbox> {
  const { store, clock, bootId, onTrouble = () => {} } = options;
  const writeIntake = intakeWriter<OutboxTx, OutboxEvent>(OUTBOX_TABLES, noWords);
  const listeners = new Set<() => void>();
  const inTurn = createTurns();
  let waitingAs = await storedName(store);
  let log: SignedLog | null = null;

  async function open(signer: LogSigner): Promise<void> {
    const origin = outboxOrigin(signer.publicKey.thumbprint);
    // Until it is known which of two keys goes on, records wait unsigned.
    if (isUndecided(await readOffer(store.read), signer)) return;
    if (waitingAs.origin !== origin && waitingAs.origin !== UNNAMED_ORIGIN)
      await store.transaction((tx) => takeNewKey(tx, { signer, clock, bootId }));
    waitingAs = { origin, epoch: (await storedName(store)).epoch };
    const admit = (event: Taken): Taken => renamed(event, waitingAs);
    const parts = { store, tables: OUTBOX_TABLES, origin, signer, bootId, seal: noWords, admit, onTrouble };
    const opened = { ...(await openLog<OutboxTx, OutboxEvent>(parts)), signer };
    opened.subscribe(() => {
      for (const listener of listeners) listener();
    });
    log = opened;
    // What was appended while the log was being opened waits in the intake, and nobody rang for it.
    await store.transaction(() => Promise.resolve(opened.wake()));
    await opened.settled();
    // Of what was placed while it was being opened nobody was told.
    for (const listener of listeners) listener();
  }

  async function shut(): Promise<LogSigner | null> {
    const closing = log;
    log = null;
    await closing?.close();
    return closing?.signer ?? null;
  }

  async function goOn(next: NextEpoch): Promise<void> {
    const signer = await shut();
    if (signer === null) throw new LogError('closed', 'without the device key no epoch can begin');
    try {
      await store.transaction((tx) => startEpoch(tx, next, { signer, clock, bootId }));
    } finally {
      await open(signer);
    }
  }

  if (options.signer !== null) await open(options.signer);
  return {
    append: (tx, event) => (log === null ? writeIntake(tx, [event], { ...waitingAs, bootId }) : log.append(tx, event)),
    log: () => log,
    useKey: (signer) =>
      inTurn(async () => {
        if (log?.keyFingerprint === signer.publicKey.fingerprint) return;
        await shut();
        await open(signer);
      }),
    openEpoch: (next) => inTurn(() => goOn(next)),
    offerKey: (keys) =>
      inTurn(async () => {
        await shut();
        const admit = (event: Taken): Taken => renamed(event, waitingAs);
        return await store.transaction((tx) => offerKey(tx, { ...keys, clock, bootId, admit }));
      }),
    takeKey: (signer) =>
      inTurn(async () => {
        await store.transaction((tx) => takeKey(tx, { signer, clock, bootId }));
        waitingAs = await storedName(store);
        await open(signer);
      }),
    keepKey: (signer, code) =>
      inTurn(async () => {
        await store.transaction((tx) => keepKey(tx, code, { ...waitingAs, bootId, nowMs: clock.now() }));
        await open(signer);
      }),
    records: () => countRecords(store.read),
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async exportTo(folder) {
      if (log === null) throw new LogError('closed', 'without the device key there is no checkpoint to export');
      return await log.exportTo(folder);
    },
    close: () => inTurn(async () => void (await shut())),
  };
}

const noWords = (): Promise<null> => Promise.resolve(null);

type Name = Pick<RecordSource, 'origin' | 'epoch'>;

async function storedName(store: OutboxStore): Promise<Name> {
  const stored = await readState(store.read, OUTBOX_TABLES);
  return { origin: stored?.origin ?? UNNAMED_ORIGIN, epoch: toWholeNumber(stored?.epoch ?? FIRST_EPOCH) };
}

/** Writes a record anew that waited under another name. Such quotes are real ones only outside of strings. */
function renamed(event: Taken, { origin, epoch }: Name): Taken {
  const isNamed = event.head.includes(`"log_name":"${origin}"`) && event.tail.includes(`"epoch":${epoch},"grant_id":`);
  return isNamed ? event : { ...event, ...renameRecord(event, { origin, epoch }) };
}

/** Runs one after another what opens, renames and closes the log. */
function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  };
}
