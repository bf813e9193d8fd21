// The catalog and policies in force: one value, replaced as a whole. A change that is not good in all its parts
// changes nothing; one that weakens a guard waits for two people. The ledger knows before anybody is decided by it.
import type { SubjectId } from '#shared/domain/identity.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import type { Clock } from '#shared/domain/time.ts';
import type { Ledger } from '#broker/ledger/ledger.ts';
import type { BrokerStore } from '#broker/store.ts';
import { adopt, type Adopted, contentHash } from './adopt.ts';
import { concernedBy, type Concerned, RulesBehindError, withoutConcerned } from './behind.ts';
import { diffHashes, type Diff } from './diff.ts';
import type { Proposer } from './held-changes.ts';
import { recordRefusal } from './in-force.ts';
import {
  loadRules,
  parseRules,
  readRules,
  type ConfigurationRefused,
  type Part,
  type RulesFiles,
  type Snapshot,
} from './load-rules.ts';
import {
  agreedHashes,
  entriesInForce,
  hashInForce,
  isSuperseded,
  readTexts,
  rulesInForce,
  type StoredRules,
} from './stored-rules.ts';

export type { ConfigurationRefused, Snapshot } from './load-rules.ts';

export type ConfigurationDeps = RulesFiles & {
  readonly clock: Clock;
  readonly store: BrokerStore;
  readonly ledger: Pick<Ledger, 'append'>;
  /** Whether others serve from this store now. Who joins them with files that were in force before takes theirs. */
  readonly othersServe?: () => Promise<boolean>;
  /** Told of rules in force that cannot be taken over here. */
  readonly onTrouble?: (error: unknown) => void;
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
  /**
   * Takes over what came into force on another replica, and what two people agreed to elsewhere and lies here. What
   * cannot be taken over is `behind`: decisions about it throw RulesBehindError until it can. True: files that lie here
   * came into force by it, and grants may have lost their ground.
   */
  readonly follow: () => Promise<boolean>;
  /** Resolves when what runs of these is done. */
  readonly settled: () => Promise<void>;
  /** What the rules here are too old for; null: they are those in force. */
  readonly behind: () => Concerned | null;
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
  let behind: Concerned | null = null;
  let served = current;
  const serve = (snapshot: Snapshot, concerned: Concerned | null): void => {
    current = snapshot;
    behind = concerned;
    served = concerned === null ? snapshot : withoutConcerned(snapshot, concerned);
  };

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
    if (adopted.state === 'in_force') serve(loaded.value, null);
    return ok({ snapshot: current, heldChange: adopted.state === 'held' ? adopted.change.id : null, diffs });
  }

  let cannotRead: string | null = null;
  async function follow(): Promise<boolean> {
    const { read } = deps.store;
    const hash = await hashInForce(read);
    if (hash === contentHash(current.texts)) {
      if (behind !== null) serve(current, null);
    } else if (hash !== null && hash !== cannotRead) await takeOver();
    const agreed = deps.twoPeople ? await agreedHashes(read) : new Set<string>();
    if (agreed.size === 0) return false;
    // Agreed to where other files lay: this may be the replica that has them.
    const here = await readRules(deps);
    if (!here.ok || !agreed.has(contentHash(here.value))) return false;
    const replaced = await replace('broker', null);
    return replaced.ok && replaced.value.heldChange === null;
  }

  async function takeOver(): Promise<void> {
    const { read } = deps.store;
    const stored = await rulesInForce(read);
    if (stored === null) return;
    const theirs = readStored(stored, deps);
    cannotRead = theirs === null ? stored.hash : null;
    if (theirs !== null) return serve(theirs, null);
    // It takes long, and the same texts will not read better: not until there were others.
    deps.onTrouble?.(new RulesBehindError('the rules in force cannot be taken over here'));
    serve(current, concernedBy(current, await entriesInForce(read)));
  }

  let last: Promise<unknown> = Promise.resolve();
  // One at a time: the files that were read last must be the ones in force.
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work, work);
    last = turn;
    return turn;
  };
  return ok({
    current: () => served,
    reload: (actor, proposer) => inTurn(() => replace(actor, proposer ?? null)),
    follow: () => inTurn(follow),
    settled: () => inTurn(() => Promise.resolve()),
    behind: () => behind,
  });
}

/** Null when this replica cannot make rules of them: another version, or limits that they break here. */
function readStored({ hash, texts }: StoredRules, deps: ConfigurationDeps): Snapshot | null {
  try {
    const read = readTexts(texts);
    const parsed = contentHash(read) === hash ? parseRules(read, deps) : null;
    return parsed?.ok === true ? parsed.value : null;
  } catch {
    return null;
  }
}

/** Weaker files that lie there at a start wait as well: what was in force is in the store, and stays in force. */
async function atStart(deps: ConfigurationDeps, first: Snapshot): Promise<Result<Snapshot, ConfigurationRefused>> {
  const { read } = deps.store;
  if ((await deps.othersServe?.()) === true && (await isSuperseded(read, contentHash(first.texts)))) {
    deps.onTrouble?.(new RulesBehindError('the files here were in force before: those of the others are taken'));
    return parseRules(readTexts((await rulesInForce(read))?.texts ?? ''), deps);
  }
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
