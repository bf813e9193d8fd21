// Where the window should be. A window that listens is told at once; one that still loads asks for it later.
import type { Route } from '#shared/contracts/desktop/route.ts';

const HOME: Route = { screen: 'access', grantId: null };

export type RouteBox = {
  /** Gives the route to tell the window now; null when there is none or the window will ask by itself. */
  readonly go: (route: Route | null) => Route | null;
  /** The window asks. Gives the waiting route once, else home. */
  readonly take: () => Route;
  /** The window loads anew and hears nothing until it asks. */
  readonly forget: () => void;
};

/** Holds at most one waiting route: the newest. */
export function createRouteBox(): RouteBox {
  let waiting: Route | null = null;
  let listening = false;
  return {
    go: (route) => {
      if (listening) return route;
      waiting = route ?? waiting;
      return null;
    },
    take: () => {
      const route = waiting ?? HOME;
      waiting = null;
      listening = true;
      return route;
    },
    forget: () => {
      listening = false;
    },
  };
}
