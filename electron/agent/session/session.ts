// Everybody whose access this desktop handles: the one who is shown, and those of whom it still holds or releases
// something. Keeps them following the broker over its restarts and hands what they learn to the parts that act.
import type { BrokerEvent, GrantView, RequestView } from '#shared/contracts/broker-api.ts';
import type { DeviceKey } from '#shared/device/device-proof.ts';
import type { SessionDeps } from './session-deps.ts';
import { inBackground } from './in-background.ts';
import type { ErasedReader } from './forget-erased.ts';
import { createPerson, type Person } from './person.ts';
import { createChoiceRecorder } from './record-choice.ts';
import { choosePerson } from './people.ts';
import type { PersonDeps } from './person-deps.ts';
import type { LocalCopy } from '../vault/vault.ts';

/** What the session tells the parts that act. */
export type Reactions = {
  readonly request: (person: Person, view: RequestView, before: RequestView | undefined) => void;
  readonly grantOver: (person: Person, grantId: string, view: GrantView | null) => void;
  readonly approvals: (person: Person, before: ReadonlyMap<string, RequestView>) => void;
  readonly emergencies: (person: Person, views: readonly RequestView[]) => void;
  readonly oversightNews: (person: Person, event: BrokerEvent) => void;
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
  /** The machine slept: what was open may be dead without having said so. */
  readonly wake: () => void;
  readonly close: () => Promise<void>;
};

type Options = {
  readonly deps: Omit<SessionDeps, 'shown' | 'personOf'>;
  readonly deviceKey: () => DeviceKey;
  readonly osUser: string;
  readonly erased: ErasedReader;
  readonly reactions: () => Reactions;
};

export function openSession({ deps, deviceKey, osUser, erased, reactions }: Options): Session {
  const { host, kept, log } = deps;
  const persons = new Map<string, Person>();
  let shown: Person | null = null;
  let wasReady = false;
  let closed = false;
  const recordChoice = createChoiceRecorder(deps);
  const onCaughtUp = (person: Person): unknown => shown === person && recordChoice(person);

  function open(user: string): Person {
    const known = persons.get(user);
    if (known !== undefined) return known;
    const person: Person = createPerson({
      user,
      scope: () => (shown?.user === user ? 'all' : 'grants'),
      host,
      deviceKey: deviceKey(),
      clock: deps.time,
      erased,
      timers: deps.timers,
      ...holdingsOf(deps, user),
      listener: { ...newsOf(() => person, reactions, onCaughtUp), changed: deps.changed },
    });
    persons.set(user, person);
    if (wasReady) person.follow();
    return person;
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

  /** `all`: nobody is here any more. */
  function closeIdle(all = false): void {
    const needed = involved(deps);
    if (all) shown = null;
    for (const [user, person] of persons) {
      if (!all && (person === shown || needed.has(user))) continue;
      persons.delete(user);
      inBackground(log, 'close a person', person.close);
    }
  }

  /** Without a sign-in the last person's access still counts down here, and everything of theirs stays. */
  function onSignedOut(): void {
    if (!host.letsIn()) for (const person of persons.values()) person.forgetApprovals();
    const [last] = host.people();
    if (last === undefined) closeIdle(true);
    else if (shown === null) show(last.user);
  }

  function onHost(): void {
    if (closed) return;
    const { kind } = host.state();
    const ready = kind === 'ready';
    if (kind === 'signed_out') onSignedOut();
    // Somebody else signed in without anybody signing out.
    const [only, other] = host.people();
    if (host.mode === 'team' && ready && only !== undefined && other === undefined) show(only.user);
    if (ready === wasReady) return deps.changed();
    wasReady = ready;
    if (ready) {
      const choice = choosePerson(host.people(), kept.value('user'), osUser);
      for (const user of involved(deps)) open(user);
      for (const person of persons.values()) person.follow();
      if (choice !== null) show(choice.user);
    }
    deps.changed();
  }

  const stopListening = host.subscribe(onHost);
  queueMicrotask(onHost);
  return {
    shown: () => shown,
    personOf: (user) => persons.get(user) ?? (wasReady && involved(deps).has(user) ? open(user) : null),
    choose: async (user) => {
      if (!host.people().some((candidate) => candidate.user === user)) return false;
      await kept.setValue('user', user);
      show(user);
      closeIdle();
      return true;
    },
    rereadAll: () => wakeAll(persons.values(), false),
    wake: () => wakeAll(persons.values(), host.mode === 'team' && wasReady),
    close: async () => {
      closed = true;
      stopListening();
      await Promise.allSettled(Array.from(persons.values(), async (person) => await person.close()));
    },
  };
}

function newsOf(
  person: () => Person,
  reactions: () => Reactions,
  caughtUp: (person: Person) => unknown,
): Omit<PersonDeps['listener'], 'changed'> {
  return {
    onRequest: (view, before) => reactions().request(person(), view, before),
    onGrantOver: (grantId, view) => reactions().grantOver(person(), grantId, view),
    onApprovals: (before) => reactions().approvals(person(), before),
    onEmergencies: (views) => reactions().emergencies(person(), views),
    onOversightNews: (event) => reactions().oversightNews(person(), event),
    onCaughtUp: () => {
      caughtUp(person());
      reactions().caughtUp(person());
    },
  };
}

function wakeAll(persons: Iterable<Person>, followAnew: boolean): void {
  for (const person of persons) {
    if (followAnew) person.follow();
    person.rereadAll();
  }
}

type Holdings = Pick<SessionDeps, 'vault' | 'kept'>;

/** Whom this machine still holds something of, or owes the broker a release for. */
function involved({ vault, kept }: Holdings): ReadonlySet<string> {
  return new Set([...vault.copies().map(({ user }) => user), ...kept.checkouts().map(({ user }) => user)]);
}

function holdingsOf({ vault, kept }: Holdings, user: string): Pick<PersonDeps, 'heldGrants' | 'wantedRequests'> {
  const copies = (): readonly LocalCopy[] => vault.copies().filter((copy) => copy.user === user);
  return {
    heldGrants: () => copies().flatMap(({ issued }) => (issued === null ? [] : [issued.grantId])),
    wantedRequests: () => [
      ...copies().map(({ requestId }) => requestId),
      ...kept.checkouts().flatMap((row) => (row.user === user ? [row.request_id] : [])),
    ],
  };
}
