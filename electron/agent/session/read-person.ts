// Reads everything of one person from the broker, page by page. A list is all of it or a refusal, never a part.
import type { GrantView, RequestView } from '#shared/contracts/broker-api.ts';
import type { BrokerClient } from '#shared/client/broker-client.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import { reach, type Refused } from './reach.ts';

const PAGE = 200;
/** More than anybody has; a broker that never ends its pages must not keep us here. */
const MOST_PAGES = 50;

type RequestQuery = { readonly role?: 'requester' | 'approver' | 'concerned'; readonly state?: RequestView['state'] };
type Page<T> = Result<{ readonly items: readonly T[]; readonly next: string | null }, Refused>;

export async function allRequests(
  client: BrokerClient,
  query: RequestQuery,
  most = PAGE * MOST_PAGES,
): Promise<Result<readonly RequestView[], Refused>> {
  return await allPages(async (after) => {
    const page = await reach(() => client.requests({ ...query, ...after, limit: Math.min(PAGE, most) }));
    return page.ok ? ok({ items: page.value.requests, next: page.value.next }) : page;
  }, most);
}

/** Newest first; `enough` may end it early. */
export async function allGrants(
  client: BrokerClient,
  query: { readonly state?: GrantView['state'] },
  enough: (view: GrantView) => boolean = () => false,
): Promise<Result<readonly GrantView[], Refused>> {
  let done = false;
  return await allPages(async (after) => {
    const page = await reach(() => client.grants({ of: 'me', ...query, ...after, limit: PAGE }));
    if (!page.ok) return page;
    done ||= page.value.grants.some(enough);
    return ok({ items: page.value.grants, next: done ? null : page.value.next });
  }, PAGE * MOST_PAGES);
}

async function allPages<T>(
  read: (after: { readonly after?: string }) => Promise<Page<T>>,
  most: number,
): Promise<Result<readonly T[], Refused>> {
  const items: T[] = [];
  let next: string | null = null;
  for (let count = 0; count < MOST_PAGES; count += 1) {
    const page: Page<T> = await read(next === null ? {} : { after: next });
    if (!page.ok) return page;
    items.push(...page.value.items);
    next = page.value.next;
    if (next === null || items.length >= most) break;
  }
  return ok(items);
}
