// What an approver is told of the requests that wait for them: each piece of news once, over reconnects and restarts.
import type { RequestView } from '#shared/contracts/broker-api.ts';
import type { ApprovalNews } from '../notices/approval-notices.ts';
import { inBackground } from '../session/in-background.ts';
import type { Person } from '../session/person.ts';
import type { SessionDeps } from '../session/session-deps.ts';

export type ApproverNews = {
  /** All that waits for the person now, and what waited before. */
  readonly approvals: (person: Person, before: ReadonlyMap<string, RequestView>) => void;
  /** Emergency access of others that concerns the person. */
  readonly emergencies: (person: Person, views: readonly RequestView[]) => void;
};

export function createApproverNews(deps: SessionDeps): ApproverNews {
  const { kept, notices } = deps;
  const note = (key: string, what: string): void =>
    inBackground(deps.log, 'note what was told', async () => await kept.see(key, what, deps.time.now()));

  return {
    approvals: (person, before) => {
      const now = person.book.approvals();
      for (const id of before.keys()) if (!now.has(id)) notices.approvalGone(id);
      for (const view of now.values()) {
        const key = `approval:${person.user}:${view.id}`;
        const news = newsOf(kept.seen(key)?.state ?? null, view);
        if (news === null) continue;
        note(key, toldOf(view));
        notices.approval(view, news);
      }
    },
    emergencies: (person, views) => {
      for (const view of views) {
        // What is still to be collected has opened nothing, and may never.
        const key = `emergency:${person.user}:${view.id}`;
        if (view.state !== 'fulfilled' || kept.seen(key) !== undefined) continue;
        note(key, 'told');
        notices.emergency(view);
      }
    },
  };
}

/** What was told, in one line; what differs from it is news. */
export function toldOf({ scopeHash, reminders, escalatedAt }: RequestView): string {
  return `${scopeHash} ${reminders} ${escalatedAt === null ? 'usual' : 'escalated'}`;
}

export function newsOf(told: string | null, view: RequestView): ApprovalNews | null {
  const [scopeHash, reminders, asked] = told?.split(' ') ?? [];
  if (scopeHash === undefined) return view.escalatedAt === null ? 'new' : 'escalated';
  if (asked === 'usual' && view.escalatedAt !== null) return 'escalated';
  if (view.reminders > Number(reminders)) return 'reminded';
  return scopeHash === view.scopeHash ? null : 'new';
}
