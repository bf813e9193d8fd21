// A desktop with a large backlog, for benchmarks: its log on disk, the real sync, and the bare cost of the same bytes.
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createSystemClock } from '#broker/clock.ts';
import type { AuditClient } from '#electron/agent/outbox/audit-client.ts';
import { deviceSigner } from '#electron/agent/outbox/device-signer.ts';
import { openOutbox } from '#electron/agent/outbox/open-outbox.ts';
import { type OutboxSync, startSync } from '#electron/agent/outbox/sync.ts';
import { MAX_APPENDED_RECORDS } from '#shared/contracts/audit-api.ts';
import type { DeviceKey } from '#shared/device/device-proof.ts';
import { openAgentStore } from '#test/electron/agent/outbox/open-test-outbox.ts';
import { OUTBOX_SAMPLES } from '#test/shared/log/outbox-samples.ts';

export type BenchSync = AsyncDisposable & {
  /** Writes so many records while nobody takes them. */
  readonly fill: (count: number) => Promise<void>;
  /** Sends all that waits. Gives how long it took, in ms, until every record was known to be cosigned. */
  readonly sendAll: () => Promise<number>;
  /** Canonical JSON of the newest records. */
  readonly newest: (count: number) => Promise<readonly string[]>;
};

const EVENTS_A_COMMIT = 200;
/** A life of copies and wipes. */
const LIFE = [
  OUTBOX_SAMPLES['copy.intended'],
  OUTBOX_SAMPLES['copy.stored'],
  OUTBOX_SAMPLES['wipe.started'],
  OUTBOX_SAMPLES['wipe.done'],
] as const;

/** `folder`: where the desktop's database lies. The device must be enrolled, and its key extractable. */
export async function openBenchSync(folder: string, deviceKey: DeviceKey, client: AuditClient): Promise<BenchSync> {
  const clock = createSystemClock();
  const store = await openAgentStore(path.join(folder, 'agent.db'));
  const outbox = await openOutbox({ store, clock, bootId: 'boot_bench', signer: deviceSigner(deviceKey) });
  return {
    async fill(count) {
      for (let written = 0; written < count; written += EVENTS_A_COMMIT) {
        const left = Math.min(EVENTS_A_COMMIT, count - written);
        await store.transaction(async (tx) => {
          for (let event = 0; event < left; event += 1) await outbox.append(tx, LIFE[event % LIFE.length] ?? LIFE[0]);
        });
      }
      await outbox.log()?.settled();
    },
    async sendAll() {
      const wanted = await outbox.records();
      const startedMs = performance.now();
      const sync = await startSync({ store, outbox, clock, timers: TIMERS, pin: {}, client: () => client });
      await cosignedUpTo(sync, wanted);
      const tookMs = performance.now() - startedMs;
      await sync.close();
      return tookMs;
    },
    async newest(count) {
      const found: string[] = [];
      const start = (await outbox.records()) - count;
      while (found.length < count) {
        const page = (await outbox.log()?.records({ afterSequence: start + found.length - 1, limit: 1000 })) ?? [];
        if (page.length === 0) throw new Error('fewer records than that');
        found.push(...page.map(({ canonical }) => canonical));
      }
      return found;
    },
    async [Symbol.asyncDispose]() {
      await outbox.close();
      await store.close();
    },
  };
}

const TIMERS = {
  after: (delayMs: number, run: () => void) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

function cosignedUpTo(sync: OutboxSync, records: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const state = sync.state();
      if (state.kind === 'alarm') reject(new Error(`not taken: ${JSON.stringify(state)}`));
      if (sync.verification().cosigned?.records === records) resolve();
    };
    sync.subscribe(look);
    look();
  });
}

/**
 * How long the same bytes take in ms, with a hash's worth beside them, in durable transactions of a batch: nothing is
 * read, checked, signed or put on record.
 */
export function bareInserts(folder: string, records: readonly string[]): number {
  const db = new DatabaseSync(path.join(folder, 'bare.db'));
  db.exec('pragma journal_mode = wal; pragma synchronous = full; create table bare (leaf blob, body text)');
  const insert = db.prepare('insert into bare values (?, ?)');
  const leaf = Buffer.alloc(32, 7);
  const startedMs = performance.now();
  for (let at = 0; at < records.length; at += MAX_APPENDED_RECORDS) {
    db.exec('begin immediate');
    for (const record of records.slice(at, at + MAX_APPENDED_RECORDS)) insert.run(leaf, record);
    db.exec('commit');
  }
  const tookMs = performance.now() - startedMs;
  db.close();
  return tookMs;
}
