// Theme and text size of the page, as the person set them.
import { useLayoutEffect } from 'react';
import type { Settings } from '#shared/contracts/desktop/settings.ts';

/** 13 of the browser's 16 px: the size that the window is designed in. Percent, so that the system's own size counts. */
const DESIGNED_PERCENT = 81.25;

export function useAppearance({ theme, textZoom }: Settings): void {
  useLayoutEffect(() => {
    const root = document.documentElement;
    if (theme === 'system') delete root.dataset['theme'];
    else root.dataset['theme'] = theme;
    root.style.fontSize = `${DESIGNED_PERCENT * textZoom}%`;
  }, [theme, textZoom]);
}
