// Holds what is being said to screen readers: changes of the snapshot, and what parts of the screen want said.
import { useCallback, useEffect, useRef, useState } from 'react';
import type { DesktopState } from '#shared/contracts/desktop/state.ts';
import { changesBetween } from './announce.ts';

/** At most this many sentences at once: nobody listens to forty. */
const MOST = 4;

export function useAnnouncements(state: DesktopState): { readonly said: string; readonly say: (text: string) => void } {
  const [said, say] = useState('');
  const before = useRef(state);
  useEffect(() => {
    const changes = changesBetween(before.current, state);
    before.current = state;
    if (changes.length > 0) say(changes.slice(0, MOST).join(' '));
  }, [state]);
  return { said, say: useCallback((text: string) => say(text), []) };
}
