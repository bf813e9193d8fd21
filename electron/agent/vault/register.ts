// Which copies there are and in which state, in memory as on disk. Every change of state goes through here; the
// machine of states decides, and changes of one copy wait for each other.
import { moveLocalCopy, type LocalCopyMove } from '#shared/domain/local-copy.ts';
import { err, type Result } from '#shared/domain/result.ts';
import type { VaultCopy } from './copy-row.ts';
import type { CopyStore, WriteRefused } from './copy-store.ts';
import type { VaultFact } from './vault-event.ts';
import type { VaultTx } from './vault-options.ts';

export type Patch = Partial<Pick<VaultCopy, 'issued' | 'wipe' | 'wipeAttempts' | 'heldIn' | 'overAtMs'>>;

export type Change = {
  /** Null: what changes is no state. */
  readonly move: LocalCopyMove | null;
  readonly patch?: Patch;
  readonly facts: readonly VaultFact[];
  /** More that belongs into the same transaction. */
  readonly also?: (tx: VaultTx) => Promise<void>;
};

export type Register = {
  /** All that are not over. */
  readonly all: () => readonly VaultCopy[];
  readonly find: (collectId: string) => VaultCopy | undefined;
  readonly load: () => Promise<void>;
  readonly intend: (copy: VaultCopy) => Promise<Result<VaultCopy, 'not_recorded'>>;
  /** Refuses a move that its state does not allow, and a copy that is over. */
  readonly change: (collectId: string, change: Change) => Promise<Result<VaultCopy, WriteRefused>>;
  /** Tells the listeners of a change that is not in the rows. */
  readonly changed: () => void;
  readonly subscribe: (listener: () => void) => () => void;
};

export function createRegister(rows: CopyStore): Register {
  const copies = new Map<string, VaultCopy>();
  const listeners = new Set<() => void>();
  const inTurn = createTurns();
  const changed = (): void => {
    for (const listener of listeners) listener();
  };
  const keep = <R extends Result<VaultCopy, unknown>>(written: R): R => {
    if (!written.ok) return written;
    const copy = written.value;
    if (copy.overAtMs === null) copies.set(copy.collectId, copy);
    else copies.delete(copy.collectId);
    changed();
    return written;
  };
  const changeNow = async (
    collectId: string,
    { move, patch = {}, facts, also }: Change,
  ): Promise<Result<VaultCopy, WriteRefused>> => {
    const from = copies.get(collectId);
    if (from === undefined) return err('refused');
    const moved = move === null ? null : moveLocalCopy(from.state, move);
    if (moved?.ok === false) return err('refused');
    const state = moved === null ? from.state : moved.value;
    return keep(await rows.replace(from, { ...from, ...patch, state, version: from.version + 1 }, facts, also));
  };
  return {
    all: () => [...copies.values()],
    find: (collectId) => copies.get(collectId),
    load: async () => {
      const loaded = await rows.load();
      copies.clear();
      for (const copy of loaded) copies.set(copy.collectId, copy);
      changed();
    },
    intend: async (copy) =>
      keep(await rows.insert(copy, [{ kind: 'copy.intended', data: { collectId: copy.collectId } }])),
    change: (collectId, change) => inTurn(collectId, () => changeNow(collectId, change)),
    changed,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Works of one name run one after another, each from what the one before left. */
function createTurns(): <T>(name: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return async (name, work) => {
    const before = last.get(name);
    const mine = (async () => {
      await before?.catch(() => undefined);
      return await work();
    })();
    last.set(name, mine);
    try {
      return await mine;
    } finally {
      if (last.get(name) === mine) last.delete(name);
    }
  };
}
