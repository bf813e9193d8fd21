// What the team's story is played on: a provider, a database, two replicas, and a desktop for each of two people.
import { openTeamDesktop, type TeamDesktop } from '#test/support/team/desktop.ts';
import { openTeam, type Team } from '#test/support/team/open-team.ts';
import type { Replica } from '#test/support/team/replica.ts';
import { ensureBuilt } from '../app/build-app.ts';
import { installedElectron } from '../app/electron-runtime.ts';
import { prepareMachine } from '../app/prepare-machine.ts';
import { atTheWindow, type Person } from './person.ts';
import type { TakePicture } from './screens.ts';
import type { Steps } from './steps.ts';

export type Seat = { readonly desktop: TeamDesktop; readonly person: Person };

export type TeamStage = AsyncDisposable & {
  readonly team: Team;
  /** Ana's desktop talks to the one, Jo's to the other. */
  readonly replicas: readonly [Replica, Replica];
  readonly ana: Seat;
  readonly jo: Seat;
};

export type TeamPlay = {
  readonly stage: TeamStage;
  readonly steps: Steps;
  readonly pictures: { readonly ana: TakePicture; readonly jo: TakePicture };
};

/** Opens it all in `folder`; nothing of it runs when it is disposed of. */
export async function openTeamStage({ step }: Steps, folder: string): Promise<TeamStage> {
  await using opened = new AsyncDisposableStack();
  const team = await step('start: an OpenID provider, PostgreSQL, two replicas of the broker', async (say) => {
    const started = opened.use(await openTeam({ replicas: 2, folder, durable: true }));
    say(`people sign in at ${started.provider.issuer}; PostgreSQL listens on port ${started.postgres.port}`);
    for (const { name, url, gatewayUrl } of started.replicas) say(`${name} serves ${url}, its gateway ${gatewayUrl}`);
    return started;
  });
  const [ana, jo] = await step('start: two desktops', async (say) => {
    prepareMachine();
    ensureBuilt();
    const host = installedElectron() === null ? 'stand-in' : 'electron';
    const seats = await Promise.all([openSeat(opened, host), openSeat(opened, host)]);
    say(`on ${host === 'electron' ? 'Electron' : 'the stand-in for Electron: the same bundles'}`);
    return seats;
  });
  const [one, two] = team.replicas;
  if (two === undefined) throw new Error('two replicas were asked for');
  const all = opened.move();
  return { team, replicas: [one, two], ana, jo, [Symbol.asyncDispose]: async () => await all.disposeAsync() };
}

async function openSeat(opened: AsyncDisposableStack, host: 'stand-in' | 'electron'): Promise<Seat> {
  const desktop = opened.use(await openTeamDesktop({ host }));
  return { desktop, person: atTheWindow(desktop.desk, desktop.page) };
}
