// One team and a desktop for each of its people, for all tests of a file: opened before them, gone after them. After
// each test nothing is held and nothing waits. When one fails it says what every window and log showed.
import { afterAll, afterEach, beforeAll, vi } from 'vitest';
import type { Account } from '#test/support/oidc/accounts.ts';
import { openBrowser } from '#test/support/oidc/sign-in-with-chromium.ts';
import { openTeamDesktop, type TeamDesktop } from '#test/support/team/desktop.ts';
import { openTeam, type Team, type TeamOptions } from '#test/support/team/open-team.ts';
import type { Replica } from '#test/support/team/replica.ts';
import { until } from '#test/desktop/until.ts';
import { knock, must } from '../knock.ts';
import { openTab } from '../window.ts';

export type Seat = Pick<TeamDesktop, 'desk' | 'page' | 'dataFolder' | 'restart' | 'signIn'> & {
  readonly account: Account;
  /** The one that this desktop is connected to. */
  readonly replica: Replica;
};

export type UseTeamOptions<P extends string> = TeamOptions & {
  /** Who sits where; each next one is connected to the next replica. */
  readonly people: Readonly<Record<P, Account>>;
  /** Whose sign-in at the beginning counts as made so long ago. */
  readonly signedInAgoMs?: Partial<Record<P, number>>;
  /** After the files of the team are there, before a replica reads them. */
  readonly prepare?: (team: Team) => Promise<void>;
  /** Through what a desktop reaches its replica; the replica's own address by default. */
  readonly addressOf?: (person: P, replica: Replica) => Promise<string>;
};

/** What the tests of a file work on; to be read inside of tests only. */
export type UsedTeam<P extends string> = Readonly<Record<P, Seat>> & {
  readonly team: Team;
  readonly replicas: readonly [Replica, Replica];
};

/** The limits fit a busy machine; a quiet one needs a tenth. */
const SLOW_MS = 180_000;

export function useTeam<P extends string>({ people, ...options }: UseTeamOptions<P>): UsedTeam<P> {
  vi.setConfig({ testTimeout: SLOW_MS, hookTimeout: SLOW_MS });
  const opened = new AsyncDisposableStack();
  const names = Object.keys(people) as P[]; // Its keys are of its own type.
  const desktops = new Map<P, TeamDesktop>();
  let team: Team | undefined;

  beforeAll(async () => {
    const { prepare, ...wished } = options;
    team = opened.use(await openTeam({ ...wished, start: prepare === undefined }));
    await prepare?.(team);
    if (prepare !== undefined) await Promise.all(team.replicas.map(async (replica) => await replica.start()));
    const browser = opened.use(await openBrowser());
    await Promise.all(names.map(async (name) => desktops.set(name, opened.use(await openTeamDesktop({ browser })))));
    for (const [at, name] of names.entries()) await takeSeat(name, replicaAt(team, at));
  });
  afterAll(async () => await opened.disposeAsync());
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await tellWhy(task.name, [...desktops], team);
    for (const desktop of desktops.values()) await clear(desktop);
  });

  async function takeSeat(name: P, replica: Replica): Promise<void> {
    const desktop = existing(desktops.get(name));
    const { provider } = existing(team);
    await desktop.connect((await options.addressOf?.(name, replica)) ?? replica.url);
    provider.setSignInAgeMs(options.signedInAgoMs?.[name] ?? 0);
    await desktop.signIn(people[name]);
    provider.setSignInAgeMs(0);
  }

  const seats = names.map((name, at) => {
    const get = (): Seat => {
      const desktop = existing(desktops.get(name));
      const replica = replicaAt(existing(team), at);
      const { desk, page, dataFolder, restart, signIn } = desktop;
      return { account: people[name], replica, desk, page, dataFolder, restart, signIn };
    };
    return [name, { get, enumerable: true }] as const;
  });
  const parts = {
    get team() {
      return existing(team);
    },
    get replicas(): readonly [Replica, Replica] {
      return [replicaAt(existing(team), 0), replicaAt(existing(team), 1)];
    },
  };
  // One getter for each name of `people`, and the two above.
  return Object.defineProperties(parts, Object.fromEntries(seats)) as UsedTeam<P>;
}

function replicaAt({ replicas }: Team, at: number): Replica {
  return existing(replicas[at % replicas.length]);
}

/** Nothing is held, nothing waits, and the desktop's screen is empty. One that is signed out has nothing to clear. */
async function clear({ page, desk }: TeamDesktop): Promise<void> {
  await until('nothing held and nothing waiting', async () => {
    const { broker, grants, requests } = await must(page, 'get-state', null);
    if (broker.kind !== 'ready' || grants.length + requests.length === 0) return true;
    if (grants.length > 0) await must(page, 'end-everything', null);
    // One may be collected at this moment, or answered: then it is looked at again.
    for (const { requestId, phase } of requests)
      await knock(page, CLOSED.has(phase) ? 'dismiss-request' : 'withdraw', { requestId });
    return undefined;
  });
  await desk.notifications.clear();
  // What another screen had to say is said.
  const back = page.getByRole('button', { name: 'Back' });
  if (await back.isVisible()) await back.click();
  await openTab(page, 'Settings');
  await openTab(page, 'Access');
}

const CLOSED: ReadonlySet<string> = new Set(['rejected', 'denied', 'lapsed', 'revoked', 'withdrawn']);

async function tellWhy(
  test: string,
  desktops: readonly (readonly [string, TeamDesktop])[],
  team: Team | undefined,
): Promise<void> {
  for (const [name, { desk, page }] of desktops) {
    const shown = await page.locator('body').ariaSnapshot({ timeout: 5000 }).catch(String);
    console.error(`${name}'s window at the end of '${test}':\n${shown}\nThe log:\n${desk.app.log().slice(-4000)}`);
  }
  for (const { name, troubles } of team?.replicas ?? []) console.error(`${name}:\n${troubles()}`);
}

function existing<T>(thing: T | undefined): T {
  if (thing === undefined) throw new Error('The team is not open: use it inside of a test');
  return thing;
}
