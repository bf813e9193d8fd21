// What policy says to the wish as it stands: asked a moment after the last change, and only the last answer counts.
import { useEffect, useState } from 'react';
import type { CommandProblem, Preview, WishForm } from '#shared/contracts/desktop/commands.ts';
import { useSend } from '../desktop.tsx';

const PAUSE_MS = 250;

export type PreviewState =
  | { readonly kind: 'none' }
  | { readonly kind: 'asking'; readonly last: Preview | null }
  | { readonly kind: 'told'; readonly preview: Preview }
  | { readonly kind: 'failed'; readonly problem: CommandProblem };

/** Takes the wish, or null while there is none; `again` asks anew when it changes (the broker came back). */
export function usePreview(wish: WishForm | null, again: string): PreviewState {
  const send = useSend();
  const [told, setTold] = useState<{ readonly key: string; readonly state: PreviewState } | null>(null);
  const text = wish === null ? null : JSON.stringify(wish);
  const key = `${again} ${text ?? ''}`;
  useEffect(() => {
    if (text === null) return;
    let current = true;
    const ask = async (): Promise<void> => {
      const answer = await send('preview', JSON.parse(text) as WishForm);
      // A stale answer speaks of another wish.
      if (!current) return;
      setTold({
        key,
        state: answer.ok ? { kind: 'told', preview: answer.value } : { kind: 'failed', problem: answer.error },
      });
    };
    const timer = setTimeout(() => void ask(), PAUSE_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [text, key, send]);
  if (text === null) return { kind: 'none' };
  if (told?.key === key) return told.state;
  return { kind: 'asking', last: told?.state.kind === 'told' ? told.state.preview : null };
}
