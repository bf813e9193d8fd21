// Tells an administrator outside the window that a change waits for a second person, and takes it back when it does not any
// more. What an event says is only that something moved: whose turn it is, the broker is asked.
import type { HeldChangeView } from '#shared/contracts/oversight-api.ts';
import type { OutcomeNotices } from '../notices/outcome-notices.ts';
import type { Person } from '../session/person.ts';
import { reach } from '../session/reach.ts';

export type ChangeNews = (person: Person) => Promise<void>;

export function createChangeNews(notices: Pick<OutcomeNotices, 'change' | 'changeGone'>): ChangeNews {
  let told: ReadonlyMap<string, HeldChangeView> = new Map();
  let last: Promise<void> = Promise.resolve();
  const look = async (person: Person): Promise<void> => {
    const answer = await person.call((client) => reach(() => client.changes()));
    if (!answer.ok) return;
    const waiting = new Map(answer.value.changes.flatMap((view) => (view.mine ? [[view.id, view] as const] : [])));
    for (const [id, view] of waiting) if (!told.has(id)) notices.change(view);
    for (const id of told.keys()) if (!waiting.has(id)) notices.changeGone(id);
    told = waiting;
  };
  // One after the other: an older answer must not bring back what a newer one took away.
  return async (person) => {
    const run = async (): Promise<void> => await look(person);
    await (last = last.then(run, run));
  };
}
