// Everybody whose access this desktop handles: the one who is shown, and those of whom it still holds or releases
// something. Keeps them following the broker over its restarts and hands what they learn to the parts that act.
import type { GrantView, RequestView } from '#shared/contracts/broker-api.ts';
import type { DeviceKey } from '#shared/device/device-proof.ts';
import type { SessionDeps } from './session-deps.ts';
import { inBackground } from './in-background.ts';
import { createPerson, type Person } from './person.ts';
import { choosePerson } from './people.ts';

/** What the session tells the parts that act. */
export type Reactions = {
  readonly request: (person: Person, view: RequestView, before: RequestView | undefined) => void;
  readonly grantOver: (person: Person, grantId: string, view: GrantView | null) => void;
  readonly approvals: (person: Person, before: ReadonlyMap<string, RequestView>) => void;
  readonly caughtUp: (person: Person) => void;
  /** Somebody else is shown now. */
  readonly switched: (from: Person | null, to: Person) => void;
};

export type Session = {
  readonly shown: () => Person | null;
  readonly personOf: (user: string) => Person | null;
  /** False: no such person is configured. Throws when the choice could not be kept. */
  readonly choose: (user: string) => Promise<boolean>;
  /** The machine woke, or the person asks: look at everything now. */
  readonly rereadAll: () => void;
  readonly close: () => Promise<void>;
};

type Options = {
  readonly deps: Omit<SessionDeps, 'shown' | 'personOf'>;
  readonly deviceKey: () => DeviceKey;
  readonly osUser: string;
  readonly reactions: () => Reactions;
};

export function openSession({ deps, deviceKey, osUser, reactions }: Options): Session {
  const { host, vault, kept, log } = deps;
  const persons = new Map<string, Person>();
  let shown: Person | null = null;
  let wasReady = false;
  let closed = false;

  /** Whom this machine still holds something of, or owes the broker a release for. */
  const involved = (): ReadonlySet<string> =>
    new Set([...vault.copies().map(({ user }) => user), ...kept.checkouts().map(({ user }) => user)]);

  function open(user: string): Person {
    const known = persons.get(user);
    if (known !== undefined) return known;
    const person: Person = createPerson({
      user,
      scope: () => (shown?.user === user ? 'all' : 'grants'),
      host,
      deviceKey: deviceKey(),
      clock: deps.time,
      timers: deps.timers,
      heldGrants: () =>
        vault.copies().flatMap((copy) => (copy.user === user && copy.issued !== null ? [copy.issued.grantId] : [])),
      wantedRequests: () => [
        ...vault.copies().flatMap((copy) => (copy.user === user ? [copy.requestId] : [])),
        ...kept.checkouts().flatMap((row) => (row.user === user ? [row.request_id] : [])),
      ],
      listener: {
        onRequest: (view, before) => reactions().request(person, view, before),
        onGrantOver: (grantId, view) => reactions().grantOver(person, grantId, view),
        onApprovals: (before) => reactions().approvals(person, before),
        onCaughtUp: () => {
          if (shown === person) recordChoice(person);
          reactions().caughtUp(person);
        },
        changed: deps.changed,
      },
    });
    persons.set(user, person);
    if (wasReady) person.follow();
    return person;
  }

  let recorded: string | null = null;
  /** Recorded with the subject that the broker gave the user: who acts here from now on, and by whose word. */
  function recordChoice(person: Person): void {
    const subject = person.book.me()?.subject;
    if (subject === undefined || recorded === person.user) return;
    recorded = person.user;
    if (kept.value('user') === person.user && kept.value('recorded_user') === person.user) return;
    const by = kept.value('user') === person.user ? 'person' : 'default';
    inBackground(log, 'record the choice of a person', async () => {
      await deps.outbox.append({ kind: 'identity.chosen', atMs: deps.time.now(), subject, user: person.user, by });
      await kept.setValue('recorded_user', person.user);
    });
  }

  function show(user: string): void {
    const before = shown;
    if (before?.user === user) return;
    const person = open(user);
    shown = person;
    reactions().switched(before, person);
    if (wasReady) person.rereadAll();
    deps.changed();
  }

  function closeIdle(): void {
    const needed = involved();
    for (const [user, person] of persons) {
      if (person === shown || needed.has(user)) continue;
      persons.delete(user);
      inBackground(log, 'close a person', person.close);
    }
  }

  function onHost(): void {
    const ready = host.state().kind === 'ready';
    if (closed || ready === wasReady) return deps.changed();
    wasReady = ready;
    if (ready) {
      const choice = choosePerson(host.people(), kept.value('user'), osUser);
      for (const user of involved()) open(user);
      for (const person of persons.values()) person.follow();
      if (choice !== null) show(choice.user);
    }
    deps.changed();
  }

  const stopListening = host.subscribe(onHost);
  queueMicrotask(onHost);
  return {
    shown: () => shown,
    personOf: (user) => persons.get(user) ?? (wasReady && involved().has(user) ? open(user) : null),
    choose: async (user) => {
      if (!host.people().some((candidate) => candidate.user === user)) return false;
      await kept.setValue('user', user);
      show(user);
      closeIdle();
      return true;
    },
    rereadAll: () => {
      for (const person of persons.values()) person.rereadAll();
    },
    close: async () => {
      closed = true;
      stopListening();
      await Promise.allSettled([...persons.values()].map(async (person) => await person.close()));
    },
  };
}
