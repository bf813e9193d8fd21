// Many readers ask for the same at the same moment: every open stream wakes up for each new record. They share reads,
// and never one that began before they asked, so that each sees what was committed by then.

/** Gives a `read` whose callers share: at most one read of a key runs, and one more waits for it to be over. */
export function shareReads<K, V>(read: (key: K) => Promise<V>): (key: K) => Promise<V> {
  const running = new Map<K, { readonly now: Promise<V>; next: Promise<V> | null }>();
  const start = (key: K): Promise<V> => {
    const entry = { now: read(key), next: null };
    running.set(key, entry);
    const over = (): void => {
      if (running.get(key) === entry && entry.next === null) running.delete(key);
    };
    entry.now.then(over, over);
    return entry.now;
  };
  return (key) => {
    const entry = running.get(key);
    if (entry === undefined) return start(key);
    const again = (): Promise<V> => start(key);
    return (entry.next ??= entry.now.then(again, again));
  };
}
