// The keys that work everywhere: Esc goes back or hides the window, Ctrl+N (Cmd+N) asks for something new.
import { useEffect } from 'react';

/** Takes what each key does; null where it does nothing now. */
export function useKeys(back: () => void, fresh: (() => void) | null): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      // A menu, a list or a sheet that is open takes its own Esc.
      if (event.defaultPrevented || event.isComposing) return;
      if (event.key === 'Escape') {
        event.preventDefault();
        back();
      } else if (
        event.key.toLowerCase() === 'n' &&
        (event.ctrlKey || event.metaKey) &&
        !event.altKey &&
        !event.shiftKey
      ) {
        event.preventDefault();
        fresh?.();
      }
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [back, fresh]);
}
