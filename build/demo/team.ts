// The demo of a team: plays its story, prints its figures, and with `stay` keeps everything running for other clients.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ACCOUNTS, NIGHTLY } from '#test/support/oidc/accounts.ts';
import { DESKTOP_CLIENT_ID } from '#test/support/oidc/clients.ts';
import { keepScreens } from './screens.ts';
import type { Steps } from './steps.ts';
import { addressesForCurl } from './team-addresses.ts';
import { openTeamStage, type TeamStage } from './team-stage.ts';
import { playTeamStory, type TeamFigures } from './team-story.ts';

export type TeamDemo = {
  /** Gets the ledger's export and pictures of the screens; null: nothing is kept. */
  readonly keep: string | null;
  readonly stay: boolean;
  readonly steps: Steps;
  readonly print: (line: string) => void;
  /** Told as soon as the story has been played: with `stay` the rest takes as long as somebody likes. */
  readonly onPlayed: (played: TeamFigures & { readonly host: string }) => void;
};

/** Everything on free ports, in a folder and on desktops of its own. Throws at the first step that fails. */
export async function playTeam({ keep, stay, steps, print, onPlayed }: TeamDemo): Promise<void> {
  await using opened = new AsyncDisposableStack();
  const stopped = toldToStop();
  const state = await mkdtemp(path.join(tmpdir(), 'daypass-team-'));
  opened.defer(async () => await rm(state, { recursive: true, force: true }));
  const stage = opened.use(await unless(stopped, openTeamStage(steps, state)));
  const folder = keep ?? state;
  await mkdir(folder, { recursive: true });
  const screens = keep === null ? null : path.join(keep, 'screens');
  const pictures = {
    ana: await keepScreens(stage.ana.person.page, screens),
    jo: await keepScreens(stage.jo.person.page, screens),
  };
  try {
    const figures = await unless(stopped, playTeamStory({ stage, steps, pictures }, folder));
    onPlayed({ ...figures, host: stage.ana.desktop.desk.host });
  } catch (error) {
    await keepTraces(stage, keep);
    throw error;
  }
  if (!stay) return;
  for (const line of invitation(stage, state)) print(line);
  await stopped;
  print('Stopping everything.');
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Resolves at the first signal; a second one changes nothing, so that the cleaning is done whole. */
async function toldToStop(): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of SIGNALS) {
      // A library that ends this process at a signal would leave behind what others have started.
      process.removeAllListeners(signal);
      process.on(signal, () => resolve());
    }
  });
}

async function unless<T>(stopped: Promise<void>, work: Promise<T>): Promise<T> {
  return await Promise.race([work, stopped.then(() => Promise.reject(new Error('Stopped before its end.')))]);
}

/** What helps to see why a step failed. */
async function keepTraces({ team, ana, jo }: TeamStage, keep: string | null): Promise<void> {
  for (const [name, { desktop }] of Object.entries({ ana, jo })) {
    if (keep !== null) await desktop.desk.screenshot(path.join(keep, `failed-${name}.png`)).catch(() => undefined);
    console.error(`The app of ${name}:\n${desktop.desk.app.log().slice(-4000)}`);
  }
  for (const replica of team.replicas) console.error(`${replica.name}:\n${replica.troubles()}`);
}

function invitation({ team, replicas, ana, jo }: TeamStage, state: string): readonly string[] {
  return [
    'Everything keeps running until Ctrl+C. To try it with other clients:',
    ...replicas.map(({ name, url, gatewayUrl }) => `  ${name}   API ${url}   gateway ${gatewayUrl}`),
    `  sign-in     ${team.provider.issuer}   client ${DESKTOP_CLIENT_ID}   audience ${team.provider.audience}`,
    ...ACCOUNTS.map(({ login, password, name }) => `  person      ${login} / ${password}   (${name})`),
    `  service     ${NIGHTLY.clientId} / ${NIGHTLY.clientSecret}`,
    `  PostgreSQL  ${team.storeUrl}   of the broker; the table is in the database warehouse`,
    ...replicas.map(({ configFile }) => `  config      ${configFile}`),
    `  catalog     ${team.files.catalogFile}`,
    `  policies    ${team.files.policiesFolder}`,
    `  desktops    of Ana ${ana.desktop.dataFolder()}`,
    `              of Jo ${jo.desktop.dataFolder()}`,
    `  all files   ${state}`,
    'The first block of docs/curl.md, with these addresses:',
    ...addressesForCurl(team).map((line) => `  ${line}`),
  ];
}
