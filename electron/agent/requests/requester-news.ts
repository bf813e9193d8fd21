// What a requester is told while a request waits: that more people were asked, and that it lapses soon. Each once.
import type { RequestView } from '#shared/contracts/broker-api.ts';
import { HOUR_MS, type EpochMs } from '#shared/domain/time.ts';
import { inBackground } from '../session/in-background.ts';
import type { Person } from '../session/person.ts';
import type { SessionDeps } from '../session/session-deps.ts';

export type RequesterNews = {
  /** A request of this person as it is now. */
  readonly request: (person: Person, view: RequestView) => void;
};

export function createRequesterNews(deps: SessionDeps): RequesterNews {
  const { kept, notices } = deps;
  function once(key: string, tell: () => void): void {
    if (kept.seen(key) !== undefined) return;
    inBackground(deps.log, 'note what was told', async () => await kept.see(key, 'told', deps.time.now()));
    tell();
  }

  function lapsesSoon(person: Person, view: RequestView): void {
    const now = person.book.requests().get(view.id);
    if (now === undefined || now.state !== view.state || now.lapsesAt !== view.lapsesAt) return;
    if (deps.shown() === person) once(`lapse:${view.id}:${view.state}`, () => notices.lapsesSoon(now));
  }

  return {
    request: (person, view) => {
      const isShown = deps.shown() === person;
      if (isShown && view.state === 'pending' && view.escalatedAt !== null)
        once(`escalated:${view.id}`, () => notices.escalated(view));
      const atMs = lapseWarningMs(view);
      if (atMs === null) deps.deadlines.cancel(`lapse:${view.id}`);
      else deps.deadlines.at(`lapse:${view.id}`, atMs, () => lapsesSoon(person, view));
    },
  };
}

/** An hour before it lapses, or when a quarter of its time is left, if that is later. Null: it does not lapse. */
export function lapseWarningMs({ state, lapsesAt, approvedAt, createdAt }: RequestView): EpochMs | null {
  if (lapsesAt === null || (state !== 'pending' && state !== 'approved')) return null;
  const endMs = Date.parse(lapsesAt);
  return endMs - Math.min(HOUR_MS, (endMs - Date.parse(approvedAt ?? createdAt)) / 4);
}
