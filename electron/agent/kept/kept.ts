// What the session keeps over a restart, read once and held in memory; each change is on disk before it is believed.
import { wishFormSchema, type WishForm } from '#shared/contracts/desktop/commands.ts';
import { DAY_MS, type EpochMs } from '#shared/domain/time.ts';
import type { Store } from '#shared/store/store.ts';
import type { CheckoutRow, SessionTables, ValueRow } from './tables.ts';

export type SessionStore = Pick<Store<SessionTables>, 'read' | 'transaction' | 'scrub'>;

export type Wished = { readonly wish: WishForm; readonly usedAtMs: EpochMs };
export type Checkout = Readonly<CheckoutRow>;
type Seen = { readonly state: string; readonly dismissed: boolean };

export type Kept = {
  readonly value: (name: ValueRow['name']) => string | null;
  readonly setValue: (name: ValueRow['name'], value: string) => Promise<void>;
  readonly seen: (requestId: string) => Seen | undefined;
  readonly see: (requestId: string, state: string, nowMs: EpochMs) => Promise<void>;
  readonly dismiss: (requestId: string, nowMs: EpochMs) => Promise<void>;
  /** Deletes what is forgotten anyway. */
  readonly prune: (nowMs: EpochMs) => Promise<void>;
  readonly checkouts: () => readonly Checkout[];
  readonly checkout: (requestId: string) => Checkout | undefined;
  readonly putCheckout: (row: Checkout) => Promise<void>;
  /** In memory alone, for what must go on while the disk is full. The next start finds out by itself. */
  readonly believeCheckout: (row: Checkout) => void;
  readonly dropCheckout: (requestId: string) => Promise<void>;
  readonly warned: (grantId: string, beforeMs: number) => boolean;
  readonly warn: (grantId: string, beforeMs: readonly number[]) => Promise<void>;
  readonly forgetWarned: (grantId: string) => Promise<void>;
  /** By user, newest first. */
  readonly wishes: (user: string) => readonly Wished[];
  readonly putWish: (user: string, wish: WishForm, nowMs: EpochMs) => Promise<void>;
  /** Everything of this user, also from the free pages of the file. What is held or begun is its own parts' to end. */
  readonly forgetUser: (user: string) => Promise<void>;
  readonly isFavourite: (user: string, resource: string) => boolean;
  readonly setFavourite: (user: string, resource: string, favourite: boolean) => Promise<void>;
};

/** Requests that nothing was heard of for so long are forgotten. */
const REMEMBERED_MS = 90 * DAY_MS;

/** Reads everything. Throws a StoreError when the database cannot be read. */
export async function openKept(store: SessionStore, nowMs: EpochMs): Promise<Kept> {
  const values = new Map<string, string>();
  const seen = new Map<string, Seen>();
  const checkouts = new Map<string, Checkout>();
  const warned = new Set<string>();
  const wishes = new Map<string, Map<string, Wished>>();
  const favourites = new Set<string>();
  for (const row of await store.read.selectFrom('session_values').selectAll().execute())
    values.set(row.name, row.value);
  const recent = store.read.selectFrom('session_requests').where('seen_at_ms', '>', nowMs - REMEMBERED_MS);
  for (const row of await recent.selectAll().execute())
    seen.set(row.request_id, { state: row.state, dismissed: row.dismissed === 1 });
  for (const row of await store.read.selectFrom('session_checkouts').selectAll().execute())
    checkouts.set(row.request_id, row);
  for (const row of await store.read.selectFrom('session_warned').selectAll().execute())
    warned.add(warnedKey(row.grant_id, row.before_ms));
  for (const row of await store.read.selectFrom('session_wishes').selectAll().execute()) {
    const wish = parseWish(row.wish);
    if (wish !== null) wishesOf(wishes, row.user).set(row.resource, { wish, usedAtMs: row.used_at_ms });
  }
  for (const row of await store.read.selectFrom('session_favourites').selectAll().execute())
    favourites.add(`${row.user} ${row.resource}`);
  return {
    value: (name) => values.get(name) ?? null,
    setValue: async (name, value) => {
      await store.transaction(async (tx) => {
        await tx
          .insertInto('session_values')
          .values({ name, value })
          .onConflict((on) => on.column('name').doUpdateSet({ value }))
          .execute();
      });
      values.set(name, value);
    },
    ...seenRequests(store, seen),
    checkouts: () => [...checkouts.values()],
    checkout: (requestId) => checkouts.get(requestId),
    putCheckout: async (row) => {
      const { request_id: _, ...rest } = row;
      await store.transaction(async (tx) => {
        await tx
          .insertInto('session_checkouts')
          .values(row)
          .onConflict((on) => on.column('request_id').doUpdateSet(rest))
          .execute();
      });
      checkouts.set(row.request_id, row);
    },
    believeCheckout: (row) => void checkouts.set(row.request_id, row),
    dropCheckout: async (requestId) => {
      if (!checkouts.has(requestId)) return;
      await store.transaction(async (tx) => {
        await tx.deleteFrom('session_checkouts').where('request_id', '=', requestId).execute();
      });
      checkouts.delete(requestId);
    },
    ...warnings(store, warned),
    wishes: (user) => [...wishesOf(wishes, user).values()].sort((a, b) => b.usedAtMs - a.usedAtMs),
    putWish: async (user, wish, nowMs) => {
      const row = { user, resource: wish.resource, wish: JSON.stringify(wish), used_at_ms: nowMs };
      await store.transaction(async (tx) => {
        await tx
          .insertInto('session_wishes')
          .values(row)
          .onConflict((on) => on.columns(['user', 'resource']).doUpdateSet({ wish: row.wish, used_at_ms: nowMs }))
          .execute();
      });
      wishesOf(wishes, user).set(wish.resource, { wish, usedAtMs: nowMs });
    },
    forgetUser: async (user) => {
      await deleteUser(store, user);
      for (const name of OF_USER) if (values.get(name) === user) values.delete(name);
      wishes.delete(user);
      for (const key of favourites) if (key.startsWith(`${user} `)) favourites.delete(key);
    },
    isFavourite: (user, resource) => favourites.has(`${user} ${resource}`),
    setFavourite: async (user, resource, favourite) => {
      await store.transaction(async (tx) => {
        const at = tx.deleteFrom('session_favourites').where('user', '=', user).where('resource', '=', resource);
        await at.execute();
        if (favourite) await tx.insertInto('session_favourites').values({ user, resource }).execute();
      });
      if (favourite) favourites.add(`${user} ${resource}`);
      else favourites.delete(`${user} ${resource}`);
    },
  };
}

/** Chosen and recorded anew, under the subject that they have then. */
const OF_USER = ['user', 'recorded_user'] as const;

async function deleteUser(store: SessionStore, user: string): Promise<void> {
  await store.transaction(async (tx) => {
    await tx.deleteFrom('session_wishes').where('user', '=', user).execute();
    await tx.deleteFrom('session_favourites').where('user', '=', user).execute();
    await tx.deleteFrom('session_values').where('name', 'in', OF_USER).where('value', '=', user).execute();
  });
  await store.scrub([]);
}

/** Each writes its own column: what is noted of a request must not undo that its card was put away meanwhile. */
function seenRequests(store: SessionStore, seen: Map<string, Seen>): Pick<Kept, 'seen' | 'see' | 'dismiss' | 'prune'> {
  type Change = { readonly state: string } | { readonly dismissed: 1 };
  const put = async (requestId: string, change: Change, nowMs: EpochMs): Promise<void> => {
    await store.transaction(async (tx) => {
      await tx
        .insertInto('session_requests')
        .values({ request_id: requestId, state: 'unknown', dismissed: 0, seen_at_ms: nowMs, ...change })
        .onConflict((on) => on.column('request_id').doUpdateSet({ seen_at_ms: nowMs, ...change }))
        .execute();
    });
  };
  return {
    seen: (requestId) => seen.get(requestId),
    prune: async (nowMs) => {
      await store.transaction(async (tx) => {
        await tx
          .deleteFrom('session_requests')
          .where('seen_at_ms', '<=', nowMs - REMEMBERED_MS)
          .execute();
      });
    },
    see: async (requestId, state, nowMs) => {
      // Memory first: a full disk must not make the same news come again and again.
      seen.set(requestId, { state, dismissed: seen.get(requestId)?.dismissed ?? false });
      await put(requestId, { state }, nowMs);
    },
    dismiss: async (requestId, nowMs) => {
      await put(requestId, { dismissed: 1 }, nowMs);
      seen.set(requestId, { state: seen.get(requestId)?.state ?? 'unknown', dismissed: true });
    },
  };
}

function warnings(store: SessionStore, warned: Set<string>): Pick<Kept, 'warned' | 'warn' | 'forgetWarned'> {
  return {
    warned: (grantId, beforeMs) => warned.has(warnedKey(grantId, beforeMs)),
    warn: async (grantId, points) => {
      // Memory first: a disk that is full must not make a warning come again and again.
      for (const beforeMs of points) warned.add(warnedKey(grantId, beforeMs));
      const rows = points.map((beforeMs) => ({ grant_id: grantId, before_ms: beforeMs }));
      await store.transaction(async (tx) => {
        await tx
          .insertInto('session_warned')
          .values(rows)
          .onConflict((on) => on.doNothing())
          .execute();
      });
    },
    forgetWarned: async (grantId) => {
      const keys = [...warned].filter((key) => key.startsWith(`${grantId} `));
      if (keys.length === 0) return;
      for (const key of keys) warned.delete(key);
      await store.transaction(async (tx) => {
        await tx.deleteFrom('session_warned').where('grant_id', '=', grantId).execute();
      });
    },
  };
}

function warnedKey(grantId: string, beforeMs: number): string {
  return `${grantId} ${beforeMs}`;
}

function wishesOf(wishes: Map<string, Map<string, Wished>>, user: string): Map<string, Wished> {
  const known = wishes.get(user) ?? new Map<string, Wished>();
  wishes.set(user, known);
  return known;
}

/** A wish that an older version kept and that reads no more is not worth a start that fails. */
function parseWish(text: string): WishForm | null {
  try {
    const kept: unknown = JSON.parse(text);
    // Kept wishes are never emergencies; those of older versions do not say so.
    return typeof kept === 'object' ? wishFormSchema.parse({ ...kept, breakGlass: false }) : null;
  } catch {
    return null;
  }
}
