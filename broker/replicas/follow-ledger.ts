// What other replicas ended is ended here: follows the ledger and removes their credentials, so that running calls are
// cut. New calls never rely on it: they ask the database. Removes only, never lets anything in.
import type { LiveCredentials } from '#broker/access/live-credentials.ts';
import type { SharedCredentials } from '#broker/access/shared-credentials.ts';
import type { Ledger, LedgerRecord } from '#broker/ledger/ledger.ts';
import { oneAtATime } from './one-at-a-time.ts';

export type FollowOptions = {
  readonly ledger: Pick<Ledger, 'size' | 'records' | 'subscribe'>;
  readonly live: LiveCredentials;
  readonly credentials: SharedCredentials;
  /** Rules came into force somewhere, or were agreed to. */
  readonly rulesChanged: () => void;
  /** Told of what could not be read; it is tried again. */
  readonly onTrouble: (error: unknown) => void;
};

const ENDS = ['grant.revoking', 'grant.ended', 'credential.revoked', 'grant.reissued'] as const;
const RULES: readonly string[] = ['config.changed', 'change.closed'];
const KINDS = [...ENDS, 'config.changed', 'change.closed'] as const;
const PAGE = 1000;
const TICK_MS = 250;
/** After so many ticks in which the database said nothing it is asked about every running call. */
const ASK_AFTER_TICKS = 2;
/** 5 s: a database that cannot be asked for so long may have been told of an end, so what runs is cut. */
const CUT_AFTER_TICKS = 20;

/** Follows from the ledger's end at this moment until closed. */
export function followLedger({ ledger, live, credentials, rulesChanged, onTrouble }: FollowOptions): {
  readonly close: () => Promise<void>;
} {
  let seen = ledger.size() - 1;
  let silentTicks = 0;

  async function readOn(): Promise<void> {
    for (let full = true; full;) {
      const reached = ledger.size() - 1;
      const records = await ledger.records({ afterSequence: seen, kinds: KINDS, limit: PAGE, asAnnounced: true });
      for (const record of records) await apply(record);
      full = records.length === PAGE;
      seen = Math.max(seen, records.at(-1)?.sequence ?? seen, full ? seen : reached);
    }
  }

  async function apply({ kind, grantId }: LedgerRecord): Promise<void> {
    if (RULES.includes(kind)) return rulesChanged();
    const ids = live.ofGrant(grantId ?? '').map(({ credentialId }) => credentialId);
    if (ids.length === 0) return;
    // A grant that ends never goes on; one whose credential was revoked may have another.
    if (kind === 'grant.revoking' || kind === 'grant.ended') for (const id of ids) live.remove(id);
    else await credentials.recheck(ids);
  }

  async function askAll(): Promise<void> {
    await credentials.recheck(live.watched().map(({ credentialId }) => credentialId));
  }

  const heard = (): void => void (silentTicks = 0);
  const read = oneAtATime(async () => await readOn().then(heard, onTrouble));
  const ask = oneAtATime(async () => await askAll().then(heard, onTrouble));
  const stop = ledger.subscribe(() => void read());
  const timer = setInterval(() => {
    const running = live.watched();
    // Counted, not measured: a program that was asleep asks first.
    silentTicks = running.length === 0 ? 0 : silentTicks + 1;
    if (silentTicks >= CUT_AFTER_TICKS) for (const { credentialId } of running) live.remove(credentialId);
    else if (silentTicks >= ASK_AFTER_TICKS) void ask();
  }, TICK_MS);
  timer.unref();
  return {
    close: async () => {
      stop();
      clearInterval(timer);
      await Promise.all([read.ended(), ask.ended()]);
    },
  };
}
