// What retention would prune now, by kind, and what legal holds keep of it: by the same conditions that prune.
import { LEDGER_TABLES } from '#broker/ledger/tables.ts';
import type { Config } from '#shared/contracts/config.ts';
import type { RetentionView } from '#shared/contracts/retention-api.ts';
import type { SubjectId } from '#shared/domain/identity.ts';
import { type EpochMs, formatInstant } from '#shared/domain/time.ts';
import { countPrunable } from '#shared/log/prune.ts';
import { findHeld, NOBODY } from './held-subjects.ts';
import { hasLivedThrough } from './lived-through.ts';
import { oldRecords, type OldRecord, whatStays } from './prune-desktops.ts';
import { type DeliveredBelow, keptRecords } from './prune-records.ts';
import { oldRequests, type PruneDeps } from './prune-words.ts';

export type PrunePreview = RetentionView;

type Options = PruneDeps & { readonly retention: Config['retention']; readonly deliveredBelow: DeliveredBelow };
type Counts = ReadonlyMap<string, number>;
const NONE: Counts = new Map();

export async function previewPruning(options: Options): Promise<PrunePreview> {
  const { retention, clock, store } = options;
  const nowMs = clock.now();
  const waits = await waitsFor(options);
  // Whose data is held is not known then: all of it is.
  const held = await findHeld(options, store.read);
  const [words, records] = [retention.words, retention.records];
  return {
    words: words === undefined ? null : await previewWords(options, nowMs - words, held),
    records: records === undefined ? null : await previewRecords(options, nowMs - records, held),
    desktopRecords: records === undefined ? null : await previewDesktops(options, nowMs - records, held),
    waits,
  };
}

/** Why nothing at all is pruned now; null: nothing keeps it. */
export async function waitsFor({ clock, store, ...deps }: PruneDeps): Promise<RetentionView['waits']> {
  if ((await findHeld(deps, store.read)) === null) return 'unlisted_hold';
  return (await hasLivedThrough(store.read, clock.now())) ? null : 'doubtful_clock';
}

type Held = readonly SubjectId[] | null;

async function previewWords({ store }: Options, beforeMs: EpochMs, held: Held) {
  const goes = held === null ? [] : await oldRequests(store.read, beforeMs, held, MOST);
  const all = await oldRequests(store.read, beforeMs, NOBODY, MOST);
  return view(beforeMs, new Map([['requests', goes.length]]), all.length);
}

/** More than anybody counts one by one. */
const MOST = 1_000_000;

async function previewRecords(options: Options, beforeMs: EpochMs, held: Held) {
  const { store, ledger } = options;
  const belowSequence = (await options.deliveredBelow()) ?? Number.MAX_SAFE_INTEGER;
  const which = { beforeMs, belowSequence, size: ledger.size() };
  const goes =
    held === null ? NONE : await countPrunable(store.read, LEDGER_TABLES, { ...which, keep: keptRecords(held) });
  const all = await countPrunable(store.read, LEDGER_TABLES, { ...which, keep: keptRecords(NOBODY) });
  return view(beforeMs, goes, total(all));
}

async function previewDesktops(options: Options, beforeMs: EpochMs, held: Held) {
  const { read } = options.store;
  const goes = new Map<string, number>();
  let all = 0;
  for (let after: OldRecord | null = null; ;) {
    const page: readonly OldRecord[] = await oldRecords(read, beforeMs, after);
    const staysAnyway = await whatStays(read, page, NOBODY);
    const stays = held === null ? () => true : await whatStays(read, page, held);
    all += page.filter((row) => !staysAnyway(row)).length;
    for (const row of page.filter((one) => !stays(one))) {
      const kind = row.fields?.kind ?? 'unknown';
      goes.set(kind, (goes.get(kind) ?? 0) + 1);
    }
    const last = page.at(-1);
    if (last === undefined) return view(beforeMs, goes, all);
    after = last;
  }
}

/** `all`: how many would go if nothing were held. */
function view(beforeMs: EpochMs, goes: Counts, all: number) {
  const kinds = [...goes].map(([kind, count]) => ({ kind, count }));
  return { before: formatInstant(beforeMs), kinds, held: all - total(goes) };
}

function total(counts: Counts): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
