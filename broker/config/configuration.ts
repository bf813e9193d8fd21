// The catalog and policies in force: one value, replaced as a whole. A change that is not good in all its parts
// changes nothing; one that weakens a guard waits for two people. The ledger knows before anybody is decided by it.
import type { SubjectId } from '#shared/domain/identity.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import type { Clock } from '#shared/domain/time.ts';
import type { Ledger } from '#broker/ledger/ledger.ts';
import type { BrokerStore } from '#broker/store.ts';
import { adopt, type Adopted } from './adopt.ts';
import { diffHashes, type Diff } from './diff.ts';
import type { Proposer } from './held-changes.ts';
import { recordRefusal } from './in-force.ts';
import {
  loadRules,
  parseRules,
  type ConfigurationRefused,
  type Part,
  type RulesFiles,
  type Snapshot,
} from './load-rules.ts';

export type { ConfigurationRefused, Snapshot } from './load-rules.ts';

export type ConfigurationDeps = RulesFiles & {
  readonly clock: Clock;
  readonly store: BrokerStore;
  readonly ledger: Pick<Ledger, 'append'>;
  /** What weakens a guard waits for two people. False for an embedded broker: it has one owner. */
  readonly twoPeople: boolean;
};

/** What a reload did, and what it would change or has changed. */
export type Reloaded = {
  readonly snapshot: Snapshot;
  /** The change that waits; null: what was read is in force. */
  readonly heldChange: string | null;
  readonly diffs: Readonly<Record<Part, Diff>>;
};

export type Configuration = {
  readonly current: () => Snapshot;
  /**
   * Reads the files again. Good: recorded, then in force from the next call of `current` on. Weaker than before:
   * recorded, held, and the old stays. Not good: recorded, refused with every problem, and the old stays. Throws when it
   * could not be recorded; the old stays then, too.
   */
  readonly reload: (
    actor: SubjectId | 'broker',
    proposer?: Proposer,
  ) => Promise<Result<Reloaded, ConfigurationRefused>>;
};

/** Loads the first snapshot, and records what changed since the last run. Refuses to start on a bad one. */
export async function createConfiguration(
  deps: ConfigurationDeps,
): Promise<Result<Configuration, ConfigurationRefused>> {
  const first = await loadRules(deps);
  if (!first.ok) return first;
  const started = await atStart(deps, first.value);
  if (!started.ok) return started;
  let current = started.value;

  async function replace(
    actor: SubjectId | 'broker',
    proposer: Proposer | null,
  ): Promise<Result<Reloaded, ConfigurationRefused>> {
    const loaded = await loadRules(deps);
    if (!loaded.ok) {
      const refused = current;
      await deps.store.transaction((tx) =>
        recordRefusal(loaded.error, refused, { tx, ledger: deps.ledger, nowMs: deps.clock.now(), actor }),
      );
      return loaded;
    }
    const diffs = diffsOf(current, loaded.value);
    const adopted = await adoptNow(deps, loaded.value, actor, proposer);
    if (adopted.state === 'in_force') current = loaded.value;
    return ok({ snapshot: current, heldChange: adopted.state === 'held' ? adopted.change.id : null, diffs });
  }

  let last: Promise<unknown> = Promise.resolve();
  return ok({
    current: () => current,
    // One at a time: the files that were read last must be the ones in force.
    reload: (actor, proposer) => {
      const turn = last.then(
        () => replace(actor, proposer ?? null),
        () => replace(actor, proposer ?? null),
      );
      last = turn;
      return turn;
    },
  });
}

/** Weaker files that lie there at a start wait as well: what was in force is in the store, and stays in force. */
async function atStart(deps: ConfigurationDeps, first: Snapshot): Promise<Result<Snapshot, ConfigurationRefused>> {
  const adopted = await adoptNow(deps, first, 'broker', null);
  return adopted.state === 'in_force' ? ok(first) : parseRules(adopted.inForce, deps);
}

async function adoptNow(
  { store, ledger, clock, twoPeople }: ConfigurationDeps,
  snapshot: Snapshot,
  actor: SubjectId | 'broker',
  proposer: Proposer | null,
): Promise<Adopted> {
  return await store.transaction(
    async (tx) => await adopt(snapshot, { tx, ledger, nowMs: clock.now(), actor, twoPeople, proposer }),
  );
}

function diffsOf(from: Snapshot, to: Snapshot): Reloaded['diffs'] {
  return {
    catalog: diffHashes(from.parts.catalog.entries, to.parts.catalog.entries),
    policies: diffHashes(from.parts.policies.entries, to.parts.policies.entries),
  };
}
