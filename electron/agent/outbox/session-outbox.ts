// The desktop's log and its sync as the session uses them.
import { z } from 'zod';
import type { SyncState } from '#shared/contracts/desktop/state.ts';
import type { OutboxEvent } from '#shared/domain/audit-event.ts';
import type { Clock } from '#shared/domain/time.ts';
import { err, ok } from '#shared/domain/result.ts';
import { readFact } from '../history/fact.ts';
import type { AgentEvent, Outbox as SessionOutbox, OwnRecordsQuery } from '../outbox-port.ts';
import type { Outbox, OutboxStore } from './outbox.ts';
import type { OutboxSync } from './sync.ts';

type Parts = {
  readonly store: OutboxStore;
  readonly outbox: Outbox;
  readonly sync: OutboxSync;
  readonly clock: Clock;
  /** Thumbprint of the device key, null while it is not there. */
  readonly device: () => string | null;
  readonly diskFull: () => boolean;
  /** The log was changed from outside of the program. */
  readonly damaged: () => boolean;
};

const PAGE = 500;

export function sessionOutbox({
  store,
  outbox,
  sync,
  device,
  diskFull,
  damaged,
}: Parts): Omit<SessionOutbox, 'changeKey'> {
  let room = true;
  const listeners = new Set<() => void>();
  const found = (has: boolean): void => {
    if (room === has) return;
    room = has;
    for (const listener of listeners) listener();
  };
  const look = (): void => {
    sync.canRecordGrant().then(found, () => found(false));
  };
  look();
  sync.subscribe(look);
  // Also while nothing is sent at all, as without a network.
  outbox.subscribe(look);
  const state = (): SyncState => {
    if (damaged()) return { kind: 'alarm', code: 'log_damaged' };
    const now = sync.state();
    // It ends by itself as the records get away.
    return now.kind === 'alarm' || room ? now : { kind: 'alarm', code: 'backlog_full' };
  };
  return {
    append: async (event) => await store.transaction((tx) => outbox.append(tx, toRecord(event, device()))),
    state,
    // It was looked at when it was opened: what was found before is no longer so.
    verification: () =>
      damaged() ? { ...sync.verification(), result: 'failed', code: 'log_damaged' } : sync.verification(),
    verifyNow: async () => void (await sync.verifyNow()),
    syncNow: sync.hurry,
    // A log that was changed here is not made whole by what the receiver has.
    acceptLedger: async () => (damaged() ? err('no_alarm') : await sync.acceptLedger()),
    canRecordGrant: () => {
      if (diskFull()) return err('disk_full');
      const now = state();
      if (now.kind !== 'alarm') return ok(null);
      return err(now.code === 'backlog_full' ? 'backlog_full' : 'alarm');
    },
    exportTo: outbox.exportTo,
    ownRecords: async (query) => await ownRecords(outbox, query),
    subscribe: (listener) => {
      listeners.add(listener);
      const stop = sync.subscribe(listener);
      return () => {
        stop();
        listeners.delete(listener);
      };
    },
  };
}

function toRecord(event: AgentEvent, device: string | null): OutboxEvent {
  const { atMs } = event;
  const about = { atMs, resource: null, requestId: null, grantId: null, outcome: 'success' } as const;
  switch (event.kind) {
    case 'identity.chosen': {
      const { kind, subject } = event;
      return { ...about, kind, actor: subject, subject, data: { device: device ?? 'unknown' } };
    }
    case 'clock.jumped': {
      const { kind, byMs, endedGrants } = event;
      return { ...about, kind, actor: 'desktop', subject: null, data: { byMs: Math.round(byMs), endedGrants } };
    }
  }
}

const uidSchema = z.object({ metadata: z.object({ uid: z.string() }) });

async function ownRecords(
  outbox: Outbox,
  { fromMs, toMs, limit, subject }: OwnRecordsQuery,
): ReturnType<SessionOutbox['ownRecords']> {
  const log = outbox.log();
  if (log === null) return [];
  const facts: Awaited<ReturnType<SessionOutbox['ownRecords']>>[number][] = [];
  let before = Number.MAX_SAFE_INTEGER;
  while (facts.length < limit) {
    const page = await log.records({ limit: PAGE, newestFirst: true, beforeSequence: before });
    for (const { atMs, canonical, subject: whose } of page) {
      if (atMs < fromMs) return facts;
      if (atMs > toMs || facts.length === limit || (whose !== null && whose !== subject)) continue;
      const record: unknown = JSON.parse(canonical);
      const uid = uidSchema.safeParse(record);
      const fact = uid.success ? readFact(uid.data.metadata.uid, record) : null;
      if (fact !== null) facts.push(fact);
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return facts;
    before = last.sequence;
  }
  return facts;
}
