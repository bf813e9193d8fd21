// A vault that holds credentials in memory and keeps its states honestly: it collects at the real broker, ends by the
// deadlines it is given, and fails where a test says so. What no test may do: look at a secret through the agent.
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { KeychainProblem } from '#electron/agent/keychain-port.ts';
import type { Deadlines } from '#electron/agent/time-port.ts';
import type { CheckOut, CheckOutRefused, LocalCopy, Vault, WipeReason } from '#electron/agent/vault/vault.ts';
import type { CollectedView } from '#shared/contracts/broker-api.ts';
import { moveLocalCopy, type LocalCopyMove } from '#shared/domain/local-copy.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { Clock } from '#shared/domain/time.ts';

export type MemoryVault = Vault & {
  /** The tokens that this machine holds, by grant. */
  readonly tokens: () => ReadonlyMap<string, string>;
  /** Every wipe that was done, in order. */
  readonly wipes: () => readonly { readonly collectId: string; readonly reason: WipeReason }[];
  /** What the keychain answers from now on; null: all is well. */
  readonly failKeychain: (problem: KeychainProblem | null) => void;
  /** Loses the credential of a copy, as a keychain that was reset. */
  readonly lose: (grantId: string) => void;
  /** Makes each collect wait until the given promise is over. */
  readonly holdCollects: (until: Promise<unknown>) => void;
};

export type VaultDisk = { readonly copies: Map<string, LocalCopy>; readonly secrets: Map<string, string> };

export function newVaultDisk(): VaultDisk {
  return { copies: new Map(), secrets: new Map() };
}

/** The disk stays over restarts, as keychain and database do. */
export function createMemoryVault(deps: {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly disk?: VaultDisk;
}): MemoryVault {
  const { clock, deadlines } = deps;
  const { copies, secrets } = deps.disk ?? newVaultDisk();
  const listeners = new Set<() => void>();
  const wipes: { collectId: string; reason: WipeReason }[] = [];
  let keychain: KeychainProblem | null = null;
  let gate: Promise<unknown> = Promise.resolve();
  let closed = false;

  const tell = (): void => {
    if (!closed) for (const listener of listeners) listener();
  };
  const put = (copy: LocalCopy): LocalCopy => {
    if (isDeepStrictEqual(copies.get(copy.collectId), copy)) return copy;
    copies.set(copy.collectId, copy);
    tell();
    return copy;
  };
  const move = (copy: LocalCopy, name: LocalCopyMove): LocalCopy['state'] => {
    const moved = moveLocalCopy(copy.state, name);
    if (!moved.ok) throw new Error(`${copy.collectId}: ${JSON.stringify(moved.error)}`);
    return moved.value;
  };
  const drop = (copy: LocalCopy): void => {
    copies.delete(copy.collectId);
    secrets.delete(copy.collectId);
    deadlines.cancel(`end:${copy.collectId}`);
    tell();
  };
  const arm = (copy: LocalCopy): void => {
    if (copy.issued === null) return;
    const { endsAtMs } = copy.issued;
    deadlines.at(`end:${copy.collectId}`, endsAtMs, () => void vault.wipe(copy.collectId, 'expired', endsAtMs));
  };
  const issuedOf = ({ grant, credential }: CollectedView): NonNullable<LocalCopy['issued']> => ({
    grantId: grant.id,
    credentialId: credential.id,
    actions: grant.actions,
    startsAtMs: Date.parse(grant.startsAt),
    endsAtMs: Date.parse(grant.endsAt),
    url: credential.url,
    target: credential.kind === 'postgres_login' ? credential.target : null,
    extendsGrant: grant.extends,
    endsWithOperation: grant.endsWith !== null,
  });

  async function checkOut(order: CheckOut): Promise<Result<LocalCopy, CheckOutRefused>> {
    const earlier = [...copies.values()].find(
      (copy) => copy.requestId === order.requestId && copy.state === 'intended',
    );
    const intent: LocalCopy = put(
      earlier ?? {
        collectId: randomUUID(),
        requestId: order.requestId,
        user: order.user,
        resource: order.resource,
        state: 'intended',
        heldIn: 'keychain',
        intendedAtMs: clock.now(),
        issued: null,
        clipboardUntilMs: null,
        wipe: null,
      },
    );
    await gate;
    let collected: Awaited<ReturnType<CheckOut['client']['collect']>>;
    try {
      collected = await order.client.collect(order.requestId, intent.collectId);
    } catch {
      return err({ code: 'interrupted' });
    }
    if (!collected.ok) {
      if (collected.error.code === 'unavailable' || collected.error.code === 'internal')
        return err({ code: 'interrupted' });
      drop(intent);
      return err({ code: 'refused', problem: collected.error });
    }
    if (keychain !== null && !(order.allowMemory && keychain === 'none')) {
      drop(intent);
      return err({ code: 'keychain', problem: keychain });
    }
    secrets.set(intent.collectId, collected.value.credential.secret);
    const stored = put({
      ...intent,
      state: move(intent, 'store'),
      heldIn: keychain === 'none' ? 'memory' : 'keychain',
      issued: issuedOf(collected.value),
    });
    arm(stored);
    return ok(stored);
  }

  const vault: MemoryVault = {
    copies: () => [...copies.values()],
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    checkOut,
    wipe: async (collectId, reason, dueAtMs = clock.now()) => {
      const copy = copies.get(collectId);
      if (copy === undefined) return ok(null);
      if (copy.state === 'missing') {
        drop(copy);
        return ok(null);
      }
      const begun = { reason: copy.wipe?.reason ?? reason, dueAtMs, lagMs: null, problem: null };
      const wiping = copy.state === 'wiping' ? copy : put({ ...copy, state: move(copy, 'start_wipe'), wipe: begun });
      await Promise.resolve();
      if (keychain !== null && copy.heldIn === 'keychain') {
        put({ ...wiping, state: move(wiping, 'wipe_failed'), wipe: { ...begun, problem: keychain } });
        return err(keychain);
      }
      wipes.push({ collectId, reason: begun.reason });
      drop(wiping);
      return ok(null);
    },
    wipeAll: async (reason) => {
      let [wiped, failed] = [0, 0];
      for (const copy of copies.values()) {
        const done = await vault.wipe(copy.collectId, reason);
        if (done.ok) wiped += 1;
        else failed += 1;
      }
      return { wiped, failed };
    },
    copyToken: async (collectId, clearAfterMs) => {
      const copy = copies.get(collectId);
      if (copy?.state !== 'stored') return err({ code: 'not_active' });
      const clearedAtMs = clock.now() + clearAfterMs;
      put({ ...copy, clipboardUntilMs: clearedAtMs });
      return ok({ clearedAtMs });
    },
    endsAt: async (collectId, endsAtMs) => {
      const copy = copies.get(collectId);
      if (copy?.issued == null) return;
      arm(put({ ...copy, issued: { ...copy.issued, endsAtMs: Math.min(endsAtMs, copy.issued.endsAtMs) } }));
    },
    recover: async () => {
      for (const copy of copies.values()) {
        const overdue = copy.issued !== null && copy.issued.endsAtMs <= clock.now();
        if (copy.state === 'wiping' || copy.state === 'wipe_failed') await vault.wipe(copy.collectId, 'interrupted');
        else if (overdue) await vault.wipe(copy.collectId, 'expired', copy.issued.endsAtMs);
        else arm(copy);
      }
    },
    recheck: async () => deadlines.recheck(),
    close: async () => {
      closed = true;
    },
    tokens: () =>
      new Map(
        [...copies.values()].flatMap((copy) => {
          const secret = secrets.get(copy.collectId);
          return copy.issued === null || secret === undefined ? [] : [[copy.issued.grantId, secret] as const];
        }),
      ),
    wipes: () => wipes,
    failKeychain: (problem) => {
      keychain = problem;
    },
    lose: (grantId) => {
      const copy = [...copies.values()].find(({ issued }) => issued?.grantId === grantId);
      if (copy === undefined) throw new Error('no such copy');
      secrets.delete(copy.collectId);
      put({ ...copy, state: move(copy, 'find_missing') });
    },
    holdCollects: (until) => {
      gate = until;
    },
  };
  return vault;
}
