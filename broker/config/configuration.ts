// The catalog and policies in force: one value, replaced as a whole. A change that is not good in all its parts
// changes nothing; either way the ledger knows before anybody is decided by it.
import type { SubjectId } from '#shared/domain/identity.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import type { Clock } from '#shared/domain/time.ts';
import type { Ledger } from '#broker/ledger/ledger.ts';
import type { BrokerStore } from '#broker/store.ts';
import { recordChange, recordRefusal } from './in-force.ts';
import { loadRules, type ConfigurationRefused, type RulesFiles, type Snapshot } from './load-rules.ts';

export type { ConfigurationRefused, Snapshot } from './load-rules.ts';

export type ConfigurationDeps = RulesFiles & {
  readonly clock: Clock;
  readonly store: BrokerStore;
  readonly ledger: Pick<Ledger, 'append'>;
};

export type Configuration = {
  readonly current: () => Snapshot;
  /**
   * Reads the files again. Good: recorded, then in force from the next call of `current` on. Not good: recorded,
   * refused with every problem, and the old stays. Throws when it could not be recorded; the old stays then, too.
   */
  readonly reload: (actor: SubjectId | 'broker') => Promise<Result<Snapshot, ConfigurationRefused>>;
};

/** Loads the first snapshot, and records what changed since the last run. Refuses to start on a bad one. */
export async function createConfiguration(
  deps: ConfigurationDeps,
): Promise<Result<Configuration, ConfigurationRefused>> {
  const first = await loadRules(deps);
  if (!first.ok) return first;
  let current = first.value;
  await record(deps, 'broker', (recording) => recordChange(current, recording));

  async function replace(actor: SubjectId | 'broker'): Promise<Result<Snapshot, ConfigurationRefused>> {
    const loaded = await loadRules(deps);
    if (!loaded.ok) {
      await record(deps, actor, (recording) => recordRefusal(loaded.error, current, recording));
      return loaded;
    }
    await record(deps, actor, (recording) => recordChange(loaded.value, recording));
    current = loaded.value;
    return loaded;
  }

  let last: Promise<unknown> = Promise.resolve();
  return ok({
    current: () => current,
    // One at a time: the files that were read last must be the ones in force.
    reload: (actor) => {
      const turn = last.then(
        () => replace(actor),
        () => replace(actor),
      );
      last = turn;
      return turn;
    },
  });
}

async function record(
  { store, ledger, clock }: ConfigurationDeps,
  actor: SubjectId | 'broker',
  write: (recording: Parameters<typeof recordChange>[1]) => Promise<void>,
): Promise<void> {
  await store.transaction((tx) => write({ tx, ledger, nowMs: clock.now(), actor }));
}
