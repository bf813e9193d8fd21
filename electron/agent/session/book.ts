// What is known of one person at the broker: read from it, replaced as a whole thing at a time, never edited here.
import type { GrantView, MeView, RequestView } from '#shared/contracts/broker-api.ts';
import type { CatalogView } from '#shared/contracts/catalog-view.ts';

export type CatalogResource = CatalogView['resources'][number];

export type Book = {
  readonly me: () => MeView | null;
  readonly catalog: () => ReadonlyMap<string, CatalogResource>;
  /** The person's own. */
  readonly requests: () => ReadonlyMap<string, RequestView>;
  /** The person's own grants that the broker ends or has not ended yet, by its last word. */
  readonly grants: () => ReadonlyMap<string, GrantView>;
  /** Requests of others that wait for this person. */
  readonly approvals: () => ReadonlyMap<string, RequestView>;
  /** What this person answered before: for "held before". */
  readonly answered: () => readonly RequestView[];
};

export type Pages = {
  readonly setMe: (me: MeView) => void;
  readonly setCatalog: (view: CatalogView) => void;
  readonly putRequest: (view: RequestView) => RequestView | undefined;
  readonly putGrant: (view: GrantView) => GrantView | undefined;
  readonly setApprovals: (views: readonly RequestView[]) => void;
  readonly setAnswered: (views: readonly RequestView[]) => void;
  /** Keeps only these closed ones: a book must not grow for ever. */
  readonly forgetRequests: (keep: (view: RequestView) => boolean) => void;
  readonly forgetGrants: (keep: (view: GrantView) => boolean) => void;
};

/** Opens an empty book. `changed` is called after each change. */
export function openBook(changed: () => void): { readonly book: Book; readonly pages: Pages } {
  let me: MeView | null = null;
  let catalog: ReadonlyMap<string, CatalogResource> = new Map();
  let approvals: ReadonlyMap<string, RequestView> = new Map();
  let answered: readonly RequestView[] = [];
  const requests = new Map<string, RequestView>();
  const grants = new Map<string, GrantView>();
  return {
    book: {
      me: () => me,
      catalog: () => catalog,
      requests: () => requests,
      grants: () => grants,
      approvals: () => approvals,
      answered: () => answered,
    },
    pages: {
      setMe: (view) => {
        me = view;
        changed();
      },
      setCatalog: ({ resources }) => {
        catalog = new Map(resources.map((resource) => [resource.id, resource]));
        changed();
      },
      putRequest: (view) => put(requests, view, changed),
      putGrant: (view) => put(grants, view, changed),
      setApprovals: (views) => {
        approvals = new Map(views.map((view) => [view.id, view]));
        changed();
      },
      setAnswered: (views) => {
        answered = views;
        changed();
      },
      forgetRequests: (keep) => forget(requests, keep),
      forgetGrants: (keep) => forget(grants, keep),
    },
  };
}

function put<T extends { readonly id: string }>(map: Map<string, T>, view: T, changed: () => void): T | undefined {
  const before = map.get(view.id);
  map.set(view.id, view);
  changed();
  return before;
}

function forget<T>(map: Map<string, T>, keep: (view: T) => boolean): void {
  for (const [id, view] of map) if (!keep(view)) map.delete(id);
}
