// What follows the transaction of an erasure: nothing of the erased stays open, the list outside the database has them,
// and no file of the database has their bytes. Whatever stops it, the next start goes on with it.
import type { AccessDeps } from '#broker/access/access-deps.ts';
import { closeRequestsOf, DISABLED_CODE, endGrantsOf } from '#broker/access/end-of-person.ts';
import type { BrokerStore } from '#broker/store.ts';
import type { SubjectId } from '#shared/domain/identity.ts';
import { MINUTE_MS } from '#shared/domain/time.ts';
import type { ErasedList } from './erased-list.ts';
import { PLACES, TOUCHED_TABLES } from './places.ts';

export type SettleDeps = AccessDeps & { readonly erasedList: ErasedList };

export type Settler = {
  /** Does what is not done yet; what fails is told and tried again. */
  readonly settle: () => Promise<void>;
  /** Does so now and each minute from then on. Gives the way to stop. */
  readonly keepSettled: () => Promise<() => void>;
};

export function createSettler(deps: SettleDeps, onTrouble: (error: unknown, where: string) => void): Settler {
  const settle = async (): Promise<void> => {
    await settleErasures(deps).catch((error: unknown) => onTrouble(error, 'erasure'));
  };
  return {
    settle,
    keepSettled: async () => {
      await settle();
      const timer = setInterval(() => void settle(), MINUTE_MS);
      timer.unref();
      return () => clearInterval(timer);
    },
  };
}

/** Does all of it for every erasure that is not settled. Throws what failed, after everything was tried. */
async function settleErasures(deps: SettleDeps): Promise<void> {
  const { all, open } = await erasedSubjects(deps.store);
  // Also what another replica settled: each keeps a list of its own.
  await deps.erasedList.add(all);
  const [first, ...others] = open;
  if (first === undefined) return;
  await deps.directory.refresh();
  const steps = [
    ...open.map((subject) => async () => await endAll(deps, subject)),
    // Somebody's request may have been decided meanwhile by a directory that still had the name.
    async () =>
      await deps.store.transaction(
        async (tx) => await PLACES.asked_approvers.erase(tx, { subjects: [first, ...others], person: null }),
      ),
    async () => await deps.store.scrub(TOUCHED_TABLES),
  ];
  const failures: unknown[] = [];
  for (const step of steps) await step().catch((error: unknown) => failures.push(error));
  deps.deadlinesChanged();
  if (failures.length > 0) throw new AggregateError(failures, 'an erasure is not settled yet');
  await deps.store.transaction(async (tx) => {
    const settled = { settled_at_ms: deps.clock.now() };
    await tx.updateTable('erased_subjects').set(settled).where('subject', 'in', open).execute();
  });
}

type Erased = { readonly all: readonly SubjectId[]; readonly open: readonly SubjectId[] };

async function erasedSubjects({ read }: BrokerStore): Promise<Erased> {
  const rows = await read.selectFrom('erased_subjects').select(['subject', 'settled_at_ms']).execute();
  const open = rows.filter(({ settled_at_ms }) => settled_at_ms === null);
  return { all: rows.map(({ subject }) => subject), open: open.map(({ subject }) => subject) };
}

async function endAll(deps: AccessDeps, subject: SubjectId): Promise<void> {
  await closeRequestsOf(deps, subject);
  await endGrantsOf(deps, subject, DISABLED_CODE);
}
