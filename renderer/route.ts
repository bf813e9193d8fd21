// Where the window is. A link or a notification may send it somewhere; only the person sends anything out.
import type { Prefill, Route } from '#shared/contracts/desktop/route.ts';

export type TabName = 'access' | 'approvals' | 'history' | 'oversight' | 'settings';
export type OversightPart = Extract<Route, { screen: 'oversight' }>['part'];

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
  /** Which part of the oversight; others have none. */
  readonly part: OversightPart | null;
};

export type ConnectPlace = {
  readonly kind: 'connect';
  /** What a link brought; null when the person came by themselves. */
  readonly url: string | null;
};

/** `visit` rises with each visit that somebody asked for, so that the same place asked for twice counts twice. */
export type Place = { readonly visit: number } & (TabPlace | FormPlace | ConnectPlace);

export type Going =
  | { readonly go: 'tab'; readonly tab: TabName }
  | { readonly go: 'form'; readonly prefill: Prefill | null; readonly extendsGrant?: string }
  | { readonly go: 'connect' }
  | { readonly go: 'route'; readonly route: Route }
  | { readonly go: 'back' };

export const FIRST_PLACE: Place = { visit: 0, ...tab('access') };

export function move(place: Place, going: Going): Place {
  const visit = place.visit + 1;
  switch (going.go) {
    case 'tab':
      return { visit, ...tab(going.tab) };
    case 'form':
      return {
        visit,
        kind: 'form',
        prefill: going.prefill,
        fromLink: false,
        extendsGrant: going.extendsGrant ?? null,
      };
    case 'connect':
      return { visit, kind: 'connect', url: null };
    case 'back':
      return { visit, ...tab(place.kind === 'connect' ? 'settings' : 'access'), cameBack: true };
    case 'route':
      return { visit, ...placeOf(going.route) };
  }
}

function tab(name: TabName): TabPlace {
  return {
    kind: 'tab',
    tab: name,
    focusOn: null,
    cameBack: false,
    part: name === 'oversight' ? 'now' : null,
  };
}

function placeOf(route: Route): TabPlace | FormPlace | ConnectPlace {
  switch (route.screen) {
    case 'access':
      return { ...tab('access'), focusOn: route.grantId };
    case 'approvals':
      return { ...tab('approvals'), focusOn: route.requestId };
    case 'form':
      return { kind: 'form', prefill: route.prefill, fromLink: route.fromLink, extendsGrant: null };
    case 'history':
    case 'settings':
      return tab(route.screen);
    case 'sinks':
      return { ...tab('settings'), focusOn: 'sinks' };
    case 'connect':
      return { kind: 'connect', url: route.url };
    case 'oversight':
      return { ...tab('oversight'), part: route.part };
  }
}
