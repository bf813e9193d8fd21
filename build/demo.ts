// `npm run demo [-- --json] [-- --keep DIR]`: the main job on real data, through the real window and tray, with or
// without a display. Says what it did. With --json the last line is `{ok, host, steps: [{name, ok, ms}],
// requestToKeychainMs, wipeLagMs, revokeLagMs, ledgerRecords, desktopRecords, outside: {desktop, ledger: {fingerprint,
// checkpoint}}}`. With --keep the folder gets both exports (`desktop/`, `ledger/`), the checkpoints that were kept outside
// of them (`outside/`) and pictures of the screens (`screens/`).
// `npm run demo -- --team [--json] [--stay] [--keep DIR]`: the same for a team, on an OpenID provider, PostgreSQL, two
// replicas and two desktops; the last line is `{ok, host, approveToTokenMs, revokeToRefusedMs, revokeToWipedMs, steps}`.
// With --stay everything keeps running, and its addresses, people and files are printed.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { LOGS, type Noted } from './demo/outside.ts';
import { keepScreens } from './demo/screens.ts';
import { openStage } from './demo/stage.ts';
import { createSteps, StepFailed, type Steps } from './demo/steps.ts';
import { playStory, type StoryFigures } from './demo/story.ts';
import { playTeam } from './demo/team.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    keep: { type: 'string' },
    team: { type: 'boolean', default: false },
    stay: { type: 'boolean', default: false },
  },
});

type Played = StoryFigures & { readonly host: string };

/** Everything on a desk of its own and on free ports: it disturbs nothing and leaves nothing but what is kept. */
async function run(steps: Steps, keep: string | null): Promise<Played> {
  await using ending = new AsyncDisposableStack();
  const stage = await steps.step('start: the app on a private desktop, its broker, and a model', async (say) => {
    const opened = ending.use(await openStage());
    say(`on ${opened.desk.host === 'electron' ? 'Electron' : 'the stand-in for Electron: the same bundles'}`);
    return opened;
  });
  const folder = keep ?? (await mkdtemp(path.join(tmpdir(), 'daypass-demo-')));
  if (keep === null) ending.defer(async () => await rm(folder, { recursive: true, force: true }));
  await mkdir(folder, { recursive: true });
  const picture = await keepScreens(stage.person.page, keep === null ? null : path.join(keep, 'screens'));
  try {
    return { ...(await playStory({ stage, steps, picture }, folder)), host: stage.desk.host };
  } catch (error) {
    if (keep !== null) await stage.desk.screenshot(path.join(keep, 'failed.png')).catch(() => undefined);
    console.error(stage.desk.app.log());
    throw error;
  }
}

const steps = createSteps(console.log);
const keep = values.keep === undefined ? null : path.resolve(values.keep);
let figures: object | null = null;

function tell(): void {
  const ok = figures !== null;
  if (values.json) console.log(JSON.stringify({ ok, steps: steps.results(), ...figures }));
  else console.log(ok ? 'All of it worked.' : 'It did not work: see the step above.');
}

function verifyCalls(outside: Noted, folder: string): readonly string[] {
  return LOGS.map((log) => {
    const kept = path.join(folder, 'outside', `${log}.checkpoint`);
    return `docs/verify-export.sh ${path.join(folder, log)} ${outside[log].fingerprint} ${kept}`;
  });
}

async function runTeam(): Promise<void> {
  const onPlayed = (played: object): void => {
    figures = played;
    // With --stay there is no end to wait for.
    if (values.stay) tell();
  };
  await playTeam({ keep, stay: values.stay, steps, print: console.log, onPlayed });
}

try {
  if (values.team) await runTeam();
  else {
    const played = await run(steps, keep);
    figures = played;
    if (keep !== null)
      console.log(['Check the exports by yourself:', ...verifyCalls(played.outside, keep)].join('\n  '));
  }
} catch (error) {
  figures = null;
  if (!(error instanceof StepFailed)) console.error(error instanceof Error ? error.message : error);
}
if (!values.stay || figures === null) tell();
process.exit(figures === null ? 1 : 0);
