// Tables of what the session keeps over a restart. No secret is ever in them.
export type ValueRow = {
  name: 'user' | 'recorded_user' | 'memory_only' | 'welcome_read' | 'log_trouble_told' | 'subjects' | 'erasures_read';
  value: string;
};

/** What the person was told of a request the last time, and whether its card was put away. */
export type SeenRequestRow = { request_id: string; state: string; dismissed: 0 | 1; seen_at_ms: number };

/**
 * `begun`: a collect was or is being sent. `held`: its credential was stored here. `releasing`: the access is over on
 * this machine and the broker does not know it yet.
 */
export type CheckoutRow = {
  request_id: string;
  user: string;
  resource: string;
  grant_id: string | null;
  state: 'begun' | 'held' | 'releasing';
};

export type WarnedRow = { grant_id: string; before_ms: number };
export type WishRow = { user: string; resource: string; wish: string; used_at_ms: number };
export type FavouriteRow = { user: string; resource: string };

export type SessionTables = {
  session_values: ValueRow;
  session_requests: SeenRequestRow;
  session_checkouts: CheckoutRow;
  session_warned: WarnedRow;
  session_wishes: WishRow;
  session_favourites: FavouriteRow;
};
