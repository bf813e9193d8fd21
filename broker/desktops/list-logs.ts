// The desktops' logs as administrators see them: whose, how far, when last heard, how each came to its epoch, and what
// contradicts it. A desktop that holds access and never sent a record is among them.
import type { DesktopLogView } from '#shared/contracts/audit-api.ts';
import { epochReasonSchema } from '#shared/contracts/audit-api.ts';
import { type DurationMs, type EpochMs, formatInstant } from '#shared/domain/time.ts';
import { toWholeNumber } from '#shared/log/row-reading.ts';
import type { Directory } from '#broker/identity/directory.ts';
import type { Reader } from '#broker/store.ts';
import { heldBy, lastHeard } from './last-heard.ts';

type Deps = { readonly db: Reader; readonly directory: Pick<Directory, 'accounts'> };

/** More than anybody reads. */
const MOST_LOGS = 1000;

/** What wants a look comes first, then who was heard last. `silentAfterMs`: so long without a word is silence. */
export async function listDesktopLogs(
  { db, directory }: Deps,
  nowMs: EpochMs,
  silentAfterMs: DurationMs,
): Promise<readonly DesktopLogView[]> {
  const [epochs, heard, forks, held] = await Promise.all([newestEpochs(db), lastHeard(db), allForks(db), heldBy(db)]);
  const { people, replaced } = await peopleOf(db, directory);
  const known = new Set(epochs.map(({ origin }) => origin));
  const never = [...held.keys()].filter((origin) => !known.has(origin)).map((origin) => ({ ...NOTHING, origin }));
  const logs = [...epochs, ...never].map((epoch): DesktopLogView => {
    const { origin } = epoch;
    const device = origin.slice(origin.indexOf('/') + 1);
    const heardAtMs = heard.get(origin) ?? null;
    const grants = held.get(origin) ?? null;
    const lastWordMs = heardAtMs ?? grants?.sinceMs ?? nowMs;
    return {
      origin,
      device,
      people: people.get(device) ?? [],
      epoch: epoch.epoch,
      size: epoch.size,
      heardAt: heardAtMs === null ? null : formatInstant(heardAtMs),
      silentSince: nowMs - lastWordMs > silentAfterMs ? formatInstant(lastWordMs) : null,
      liveGrants: grants?.count ?? 0,
      reopened: epoch.reopened,
      replacedBy: replaced.get(device) ?? null,
      forks: (forks.get(origin) ?? []).map(({ seenAtMs, ...fork }) => ({ ...fork, seenAt: formatInstant(seenAtMs) })),
    };
  });
  return logs.toSorted(byUrgency).slice(0, MOST_LOGS);
}

const NOTHING = { epoch: 0, size: 0, reopened: null };

async function newestEpochs(db: Reader) {
  const rows = await db
    .selectFrom('desktop_epochs as e')
    .select(['e.origin', 'e.epoch', 'e.size', 'e.opened_at_ms', 'e.reason', 'e.previous_origin'])
    .where('e.epoch', '=', (eb) =>
      eb
        .selectFrom('desktop_epochs as n')
        .whereRef('n.origin', '=', 'e.origin')
        .select(({ fn }) => fn.max<number>('n.epoch').as('newest')),
    )
    .execute();
  return rows.map((row) => {
    const reason = epochReasonSchema.safeParse(row.reason);
    const at = formatInstant(toWholeNumber(row.opened_at_ms));
    const reopened = reason.success ? { reason: reason.data, at, previousOrigin: row.previous_origin } : null;
    return { origin: row.origin, epoch: row.epoch, size: toWholeNumber(row.size), reopened };
  });
}

async function allForks(db: Reader) {
  const rows = await db
    .selectFrom('desktop_forks')
    .select(['origin', 'epoch', 'size', 'root', 'seen_at_ms'])
    .orderBy('seen_at_ms', 'desc')
    .execute();
  const forks = rows.map(({ origin, epoch, root, ...row }) => ({
    origin,
    fork: { epoch, root, size: toWholeNumber(row.size), seenAtMs: toWholeNumber(row.seen_at_ms) },
  }));
  const byOrigin = Map.groupBy(forks, ({ origin }) => origin);
  return new Map([...byOrigin].map(([origin, all]) => [origin, all.map(({ fork }) => fork)]));
}

async function peopleOf(db: Reader, directory: Pick<Directory, 'accounts'>) {
  const accounts = new Map(directory.accounts().map(({ principal }) => [principal.subject, principal]));
  const rows = await db
    .selectFrom('devices')
    .select(['id', 'subject', 'replaced_by'])
    .orderBy('enrolled_at_ms')
    .execute();
  const people = new Map<string, { person: string; name: string }[]>();
  const replaced = new Map<string, string>();
  for (const { id, subject, replaced_by: by } of rows) {
    if (by !== null) replaced.set(id, by);
    const principal = accounts.get(subject);
    const known = people.get(id) ?? [];
    people.set(id, known);
    // Somebody who is not known any more was somebody all the same.
    const whose = { person: principal?.person ?? subject, name: principal?.name ?? subject };
    if (!known.some(({ person }) => person === whose.person)) known.push(whose);
  }
  return { people, replaced };
}

function byUrgency(a: DesktopLogView, b: DesktopLogView): number {
  return (
    urgency(b) - urgency(a) || (b.heardAt ?? '').localeCompare(a.heardAt ?? '') || a.origin.localeCompare(b.origin)
  );
}

function urgency({ forks, silentSince, liveGrants, reopened }: DesktopLogView): number {
  if (forks.length > 0) return 3;
  if (silentSince !== null && liveGrants > 0) return 2;
  return reopened === null || reopened.reason === 'key_changed' ? 0 : 1;
}
