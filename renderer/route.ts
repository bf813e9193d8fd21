// Where the window is. A link or a notification may send it somewhere; only the person sends anything out.
import type { Prefill, Route } from '#shared/contracts/desktop/route.ts';

export type TabName = 'access' | 'approvals' | 'history' | 'settings';

export type FormPlace = {
  readonly kind: 'form';
  readonly prefill: Prefill | null;
  readonly fromLink: boolean;
  /** The grant that this would extend. */
  readonly extendsGrant: string | null;
};

/** `visit` rises with each visit that somebody asked for, so that the same place asked for twice counts twice. */
export type Place = { readonly visit: number } & (
  | { readonly kind: 'tab'; readonly tab: TabName; readonly focusOn: string | null }
  | FormPlace
);

export type Going =
  | { readonly go: 'tab'; readonly tab: TabName }
  | { readonly go: 'form'; readonly prefill: Prefill | null; readonly extendsGrant?: string }
  | { readonly go: 'route'; readonly route: Route }
  | { readonly go: 'back' };

export const FIRST_PLACE: Place = { visit: 0, kind: 'tab', tab: 'access', focusOn: null };

export function move(place: Place, going: Going): Place {
  const visit = place.visit + 1;
  switch (going.go) {
    case 'tab':
      return { visit, kind: 'tab', tab: going.tab, focusOn: null };
    case 'form':
      return {
        visit,
        kind: 'form',
        prefill: going.prefill,
        fromLink: false,
        extendsGrant: going.extendsGrant ?? null,
      };
    case 'back':
      return { visit, kind: 'tab', tab: 'access', focusOn: null };
    case 'route':
      return { visit, ...placeOf(going.route) };
  }
}

function placeOf(route: Route): { kind: 'tab'; tab: TabName; focusOn: string | null } | FormPlace {
  switch (route.screen) {
    case 'access':
      return { kind: 'tab', tab: 'access', focusOn: route.grantId };
    case 'approvals':
      return { kind: 'tab', tab: 'approvals', focusOn: route.requestId };
    case 'form':
      return { kind: 'form', prefill: route.prefill, fromLink: route.fromLink, extendsGrant: null };
    case 'history':
    case 'settings':
      return { kind: 'tab', tab: route.screen, focusOn: null };
  }
}
