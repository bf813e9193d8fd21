// What happens with an approved request that nobody started: it begins by itself while the person is there and its time
// has come; else the person is told that it is ready. Once for each request: an event that repeats it changes nothing.
import type { RequestView } from '#shared/contracts/broker-api.ts';
import { inBackground } from '../session/in-background.ts';
import { isPresent } from '../session/presence.ts';
import type { Person } from '../session/person.ts';
import type { SessionDeps } from '../session/session-deps.ts';
import type { Collector } from './collect.ts';

export type BeginByItself = (person: Person, request: RequestView) => void;

export function createBeginByItself(deps: SessionDeps, collector: Collector): BeginByItself {
  const handled = new Set<string>();

  function approved(person: Person, request: RequestView): void {
    if (handled.has(request.id) || collector.progress(request.id).collecting) return;
    const startAtMs = request.scope.startAt === null ? null : Date.parse(request.scope.startAt);
    if (startAtMs !== null && startAtMs > deps.time.now()) {
      deps.deadlines.at(`start:${request.id}`, startAtMs, () => {
        deps.changed();
        const now = person.book.requests().get(request.id);
        if (now?.state === 'approved') approved(person, now);
      });
      return;
    }
    handled.add(request.id);
    // Whose access is not shown here does not begin here.
    if (deps.shown() !== person) return void handled.delete(request.id);
    if (isPresent(deps.presence, deps.time))
      inBackground(deps.log, 'begin by itself', async () => await begin(person, request));
    else deps.notices.ready(request);
  }

  async function begin(person: Person, request: RequestView): Promise<void> {
    const collected = await collector.start(person, request.id);
    if (deps.shown() !== person) return;
    if (collected.ok) deps.notices.stored(request);
    else if (collected.error.code === 'too_early') handled.delete(request.id);
    else deps.notices.collectFailed(request, collected.error.title);
  }

  return approved;
}
