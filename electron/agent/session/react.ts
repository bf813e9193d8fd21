// What news of the broker makes this desktop do: collect, wipe, tell. Decides by the whole state, so that the same news
// twice does nothing twice.
import type { RequestView } from '#shared/contracts/broker-api.ts';
import { isRequestOver } from '#shared/domain/request.ts';
import type { WatchedCopies } from '../grants/watch-copies.ts';
import type { Releaser } from '../grants/release.ts';
import type { Warnings } from '../grants/warnings.ts';
import { wipeReasonOf } from '../grants/wipe-reasons.ts';
import { createChangeNews } from '../oversight/change-news.ts';
import { isDesktopAlarm } from '../oversight/desktop-news.ts';
import type { BeginByItself } from '../requests/begin-by-itself.ts';
import type { ApproverNews } from '../approvals/approver-news.ts';
import type { RequesterNews } from '../requests/requester-news.ts';
import type { Collector } from '../requests/collect.ts';
import { inBackground } from './in-background.ts';
import type { Person } from './person.ts';
import type { Reactions } from './session.ts';
import type { SessionDeps } from './session-deps.ts';

export type ReactParts = {
  readonly collector: Collector;
  readonly beginByItself: BeginByItself;
  readonly requesterNews: RequesterNews;
  readonly approverNews: ApproverNews;
  readonly copies: WatchedCopies;
  readonly releaser: Releaser;
  readonly warnings: Warnings;
  readonly caughtUp: (person: Person) => void;
};

export function createReactions(deps: SessionDeps, parts: ReactParts): Reactions {
  const { kept, vault, notices, log } = deps;
  const { collector, copies, releaser, warnings } = parts;
  const changeNews = createChangeNews(notices);
  const isShown = (person: Person): boolean => deps.shown() === person;

  const isShownAdmin = (person: Person): boolean => isShown(person) && person.book.me()?.admin === true;
  const lookAtChanges = (person: Person): void => {
    if (isShownAdmin(person)) inBackground(log, 'look at changes', async () => await changeNews(person));
  };

  function request(person: Person, view: RequestView): void {
    const told = kept.seen(view.id)?.state;
    if (told !== view.state) {
      inBackground(log, 'note a request', async () => await kept.see(view.id, view.state, deps.time.now()));
      // Closed before this desktop ever knew of it: nobody waited here for that.
      if (isRequestOver(view.state)) {
        deps.deadlines.cancel(`start:${view.id}`);
        // One that became access is told of by who collected it.
        if (view.state !== 'fulfilled') notices.requestGone(view.id);
        if (told !== undefined && isShown(person)) notices.closed(view);
      }
    }
    parts.requesterNews.request(person, view);
    if (view.state === 'approved') parts.beginByItself(person, view);
  }

  /** What was begun, held or given up here, and how the broker has it now. */
  function settle(person: Person): void {
    for (const checkout of kept.checkouts()) {
      if (checkout.user !== person.user || checkout.state === 'releasing') continue;
      const requestId = checkout.request_id;
      if (collector.progress(requestId).collecting) continue;
      const copy = vault.copies().find((held) => held.requestId === requestId);
      if (copy?.state === 'intended') collector.again(person, requestId);
      else if (copy === undefined || copy.state === 'missing')
        inBackground(log, 'release what is not here', async () => {
          await releaser.due(checkout);
          await releaser.send();
        });
    }
    inBackground(log, 'release', releaser.send);
  }

  return {
    request,
    grantOver: (person, grantId, view) => {
      for (const copy of vault.copies()) {
        if (copy.user !== person.user || copy.issued?.grantId !== grantId) continue;
        if (copy.state !== 'stored' && copy.state !== 'intended') continue;
        // Asked again as soon as it is stored: two hands on one credential are one too many.
        if (collector.progress(copy.requestId).collecting) continue;
        inBackground(log, 'wipe what the broker ended', async () => await copies.wipe(copy, wipeReasonOf(view)));
      }
    },
    approvals: (person, before) => {
      if (isShown(person)) parts.approverNews.approvals(person, before);
    },
    emergencies: (person, views) => {
      if (isShown(person)) parts.approverNews.emergencies(person, views);
    },
    oversightNews: (person, event) => {
      if (isDesktopAlarm(event) && isShownAdmin(person)) notices.desktopAlarm(event);
      else lookAtChanges(person);
    },
    caughtUp: (person) => {
      warnings.armAll(person.user);
      settle(person);
      lookAtChanges(person);
      parts.caughtUp(person);
    },
    switched: (from, to) => {
      for (const id of from?.book.approvals().keys() ?? []) notices.approvalGone(id);
      for (const view of to.book.approvals().values()) notices.approval(view, 'new');
    },
  };
}
