// Brings a card into view and under the keyboard when somebody asked for it, as a notification does.
import { useEffect, useRef, type RefObject } from 'react';

/** Takes the number of the visit, or null while nobody asked. */
export function useSeen<E extends HTMLElement>(visit: number | null): RefObject<E | null> {
  const ref = useRef<E>(null);
  useEffect(() => {
    if (visit === null) return;
    ref.current?.scrollIntoView({ block: 'nearest' });
    ref.current?.focus();
  }, [visit]);
  return ref;
}
