// The credentials that work at this moment, in memory: what the gateway asks on each call. Filled after a commit
// from the database's truth, emptied before a revoke is recorded as done. Not being listed means being refused.
import type { SubjectId } from '#shared/domain/identity.ts';
import type { ResourceId } from '#shared/domain/scope.ts';
import type { EpochMs } from '#shared/domain/time.ts';

export type LiveCredential = {
  readonly credentialId: string;
  readonly grantId: string;
  readonly requestId: string;
  readonly subject: SubjectId;
  readonly resource: ResourceId;
  /** What the approved scope pinned of the catalog entry (see `catalogHash`): another entry is another access. */
  readonly catalogHash: string;
  readonly actions: readonly string[];
  readonly endsAtMs: EpochMs;
  /** Ends with the first call that was made. */
  readonly endsWithOperation: boolean;
};

export type LiveCredentials = {
  readonly find: (credentialId: string) => LiveCredential | null;
  readonly add: (credential: LiveCredential) => void;
  /** Stops the credential at once and tells everybody who waits for its end. Unknown ids are fine. */
  readonly remove: (credentialId: string) => void;
  /** Removes a credential that another is to replace: from now on it is not looked up anywhere else either. */
  readonly stop: (credentialId: string) => void;
  readonly isStopped: (credentialId: string) => boolean;
  /** Calls back once when the credential is removed, at once if it is not live. Returns the way to stop waiting. */
  readonly onRemoved: (credentialId: string, listener: () => void) => () => void;
  /** The live credentials of one grant: at most one at a time, but never relied on. */
  readonly ofGrant: (grantId: string) => readonly LiveCredential[];
  readonly all: () => readonly LiveCredential[];
  /** Those whose end somebody waits for, as running calls do. */
  readonly watched: () => readonly LiveCredential[];
  /** Tells whether `remove` was called for it since, live or not: what was read of it before is of the past then. */
  readonly noteRemoval: (credentialId: string) => Disposable & { readonly wasRemoved: () => boolean };
};

const MOST_STOPPED = 10_000;

export function createLiveCredentials(): LiveCredentials {
  const live = new Map<string, LiveCredential>();
  const byGrant = new Map<string, Map<string, LiveCredential>>();
  const waiting = new Map<string, Set<() => void>>();
  const notes = new Map<string, Set<{ removed: boolean }>>();
  const stopped = new Set<string>();
  const remove = (credentialId: string): void => {
    const credential = live.get(credentialId);
    live.delete(credentialId);
    if (credential !== undefined) forget(byGrant, credential);
    const listeners = waiting.get(credentialId);
    waiting.delete(credentialId);
    for (const note of notes.get(credentialId) ?? []) note.removed = true;
    for (const listener of listeners ?? []) listener();
  };
  return {
    find: (credentialId) => live.get(credentialId) ?? null,
    add: (credential) => {
      const { credentialId, grantId } = credential;
      live.set(credentialId, credential);
      byGrant.set(grantId, (byGrant.get(grantId) ?? new Map()).set(credentialId, credential));
    },
    remove,
    stop: (credentialId) => {
      // Few and short-lived: a replacement that failed. The oldest goes when there are ever too many.
      stopped.add(credentialId);
      if (stopped.size > MOST_STOPPED) stopped.delete(stopped.values().next().value ?? '');
      remove(credentialId);
    },
    isStopped: (credentialId) => stopped.has(credentialId),
    onRemoved: (credentialId, listener) => {
      if (!live.has(credentialId)) {
        listener();
        return () => undefined;
      }
      const listeners = waiting.get(credentialId) ?? new Set();
      waiting.set(credentialId, listeners.add(listener));
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0 && waiting.get(credentialId) === listeners) waiting.delete(credentialId);
      };
    },
    ofGrant: (grantId) => [...(byGrant.get(grantId)?.values() ?? [])],
    all: () => [...live.values()],
    watched: () => [...waiting.keys()].flatMap((credentialId) => live.get(credentialId) ?? []),
    noteRemoval: (credentialId) => {
      const note = { removed: false };
      const siblings = notes.get(credentialId) ?? new Set();
      notes.set(credentialId, siblings.add(note));
      return {
        wasRemoved: () => note.removed,
        [Symbol.dispose]: () => {
          siblings.delete(note);
          if (siblings.size === 0 && notes.get(credentialId) === siblings) notes.delete(credentialId);
        },
      };
    },
  };
}

function forget(byGrant: Map<string, Map<string, LiveCredential>>, { grantId, credentialId }: LiveCredential): void {
  const siblings = byGrant.get(grantId);
  siblings?.delete(credentialId);
  if (siblings?.size === 0) byGrant.delete(grantId);
}
