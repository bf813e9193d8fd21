// How a part of the screen sends the window elsewhere, and how it says something to a screen reader.
import { createContext, useContext } from 'react';
import type { Going } from './route.ts';

export type Navigation = {
  readonly go: (going: Going) => void;
  /** Said once, politely, to who cannot see the change. */
  readonly say: (text: string) => void;
};

const NavigationContext = createContext<Navigation | null>(null);
export const NavigationProvider = NavigationContext;

export function useNavigation(): Navigation {
  const navigation = useContext(NavigationContext);
  if (navigation === null) throw new Error('outside of NavigationProvider');
  return navigation;
}
