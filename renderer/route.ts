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

export type TabPlace = {
  readonly kind: 'tab';
  readonly tab: TabName;
  /** The grant or the request that somebody asked to see. */
  readonly focusOn: string | null;
  /** The person came back from the form: the focus goes to where they left. */
  readonly cameBack: boolean;
};

/** `visit` rises with each visit that somebody asked for, so that the same place asked for twice counts twice. */
export type Place = { readonly visit: number } & (TabPlace | FormPlace);

export type Going =
  | { readonly go: 'tab'; readonly tab: TabName }
  | { readonly go: 'form'; readonly prefill: Prefill | null; readonly extendsGrant?: string }
  | { readonly go: 'route'; readonly route: Route }
  | { readonly go: 'back' };

export const FIRST_PLACE: Place = { visit: 0, kind: 'tab', tab: 'access', focusOn: null, cameBack: false };

export function move(place: Place, going: Going): Place {
  const visit = place.visit + 1;
  switch (going.go) {
    case 'tab':
      return { visit, kind: 'tab', tab: going.tab, focusOn: null, cameBack: false };
    case 'form':
      return {
        visit,
        kind: 'form',
        prefill: going.prefill,
        fromLink: false,
        extendsGrant: going.extendsGrant ?? null,
      };
    case 'back':
      return { visit, kind: 'tab', tab: 'access', focusOn: null, cameBack: true };
    case 'route':
      return { visit, ...placeOf(going.route) };
  }
}

function placeOf(route: Route): TabPlace | FormPlace {
  switch (route.screen) {
    case 'access':
      return { kind: 'tab', tab: 'access', focusOn: route.grantId, cameBack: false };
    case 'approvals':
      return { kind: 'tab', tab: 'approvals', focusOn: route.requestId, cameBack: false };
    case 'form':
      return { kind: 'form', prefill: route.prefill, fromLink: route.fromLink, extendsGrant: null };
    case 'history':
    case 'settings':
      return { kind: 'tab', tab: route.screen, focusOn: null, cameBack: false };
    case 'connect':
    case 'oversight':
      return { kind: 'tab', tab: 'settings', focusOn: null, cameBack: false };
  }
}
