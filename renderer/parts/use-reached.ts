// Whether a moment has come. Renders once when it does, and counts nothing before or after.
import { useEffect, useState } from 'react';
import { nowMs, onTick } from '../clock.ts';

/** Takes epoch ms of trusted time; null never comes. */
export function useReached(atMs: number | null): boolean {
  const [reached, setReached] = useState<number | null>(null);
  const isReached = atMs !== null && (reached === atMs || atMs <= nowMs());
  useEffect(() => {
    if (atMs === null || isReached) return;
    return onTick((now) => {
      if (now >= atMs) setReached(atMs);
    });
  }, [atMs, isReached]);
  return isReached;
}
