// Composition root: the steps of a start in their order. What is done where 'electron' is at hand is in shell/.
// Nothing here awaits before the app is ready: Electron waits for this module first. What the tray does without, as the
// contracts of the window, is imported after it is shown.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Agent } from './agent/agent.ts';
import { environment, launchEnvironment, systemPlaces } from './agent/environment.ts';
import type { SettingsPort } from './agent/ports.ts';
import type { ManagedSinksPort } from './agent/sinks/sinks-port.ts';
import { declareAppScheme, serveAppFiles } from './shell/app-protocol.ts';
import { applySettings } from './shell/apply-settings.ts';
import { systemBrowser } from './shell/browser.ts';
import { createClipboard } from './shell/clipboard.ts';
import { askExportFolder, askSinkFolder, tellCannotStart } from './shell/dialogs.ts';
import { hardenProcess, hardenSession, startIsAllowed } from './shell/hardening.ts';
import { catchTheUncaught } from './shell/last-resort.ts';
import { chooseConfigFile, launchOptions, type LaunchOptions } from './shell/launch-options.ts';
import { claimLinks, followLink } from './shell/links.ts';
import { createLog } from './shell/log.ts';
import { describeRefusal, machineManagedSecret, machineManagedSettings } from './shell/machine-settings.ts';
import type { ManagedSettings } from './shell/managed-settings.ts';
import { setApplicationMenu } from './shell/menu.ts';
import { createNoticeActions } from './shell/notice-actions.ts';
import { createNotices } from './shell/notifications.ts';
import { watchPower, type Power } from './shell/power.ts';
import {
  defaultDataFolder,
  examplesFolder,
  nameProgram,
  openedAtLogin,
  programReady,
  programVersion,
  systemLocale,
} from './shell/program.ts';
import { exitNow, quitThrough } from './shell/quit.ts';
import type { Running } from './shell/running.ts';
import { allCommands } from './shell/shell-commands.ts';
import { claimSingleInstance } from './shell/single-instance.ts';
import { startFailureWords } from './shell/start-failure.ts';
import { listenForStarts } from './shell/starts.ts';
import { createTray } from './shell/tray.ts';
import { createTrayActions } from './shell/tray-actions.ts';
import { createMainWindow, type MainWindow } from './shell/window.ts';

const startedAtMs = performance.now();
const bundle = import.meta.dirname;
const files = {
  assets: path.join(bundle, 'assets'),
  renderer: path.join(bundle, '..', 'renderer'),
  preload: path.join(bundle, '..', 'preload', 'preload.cjs'),
  brokerWorker: pathToFileURL(path.join(bundle, 'broker-worker.js')),
};
const log = createLog();

begin();

/** Everything that must come before the app is ready, and the reasons not to go on. */
function begin(): void {
  const app: Running = { agent: null, tray: null, quit: () => exitNow(0) };
  catchTheUncaught(process, log, () => app.quit());
  if (!startIsAllowed({ environment: environment(), log })) return exitNow(1);
  const managed = machineManagedSettings(systemPlaces().programData);
  if (!managed.ok) {
    log.info('managed.refused', managed.error);
    void tellCannotStart(describeRefusal(managed.error)).finally(() => exitNow(1));
    return;
  }
  const options = launchOptions({
    argv: process.argv.slice(1),
    environment: launchEnvironment(),
    managed: managed.value,
    defaultDataFolder: defaultDataFolder(),
    workingFolder: process.cwd(),
  });
  nameProgram(options.dataFolder);
  if (!claimSingleInstance({ link: options.link, hidden: options.hidden })) return exitNow(0);
  hardenProcess();
  declareAppScheme();
  run(app, options, managed.value).catch(async (error: unknown) => {
    log.trouble('app.start_failed', error);
    await tellCannotStart(startFailureWords(error));
    exitNow(1);
  });
}

/** The start itself: tray at once, then settings, then the agent, which wipes what is overdue before any window. */
async function run(app: Running, options: LaunchOptions, managed: ManagedSettings): Promise<void> {
  const window = createMainWindow({
    preloadFile: files.preload,
    log,
    trayBounds: () => app.tray?.bounds() ?? null,
    onSessionEnd: () => app.quit(),
  });
  listenForStarts({ show: window.show, log });
  if (options.link !== null) followLink(options.link, window.show, log);

  await programReady();
  hardenSession();
  setApplicationMenu();
  serveAppFiles(files.renderer);
  app.tray = createTray({
    imageFolder: path.join(files.assets, 'tray'),
    locale: systemLocale(),
    log,
    onAction: createTrayActions({ app, show: window.show, log, elapsedMs: () => performance.now() }),
  });
  log.info('tray.ready', { sinceStartMs: Math.round(performance.now() - startedAtMs) });

  const power = watchPower(log, systemPlaces().systemBus);
  // Before the agent opens: what begins by itself must know that the screen is locked.
  const watching = power.watchLogins().catch((error: unknown) => log.trouble('power.logins', error));
  const { openSettings } = await import('./shell/settings.ts');
  const { openRememberedBounds } = await import('./shell/remembered-bounds.ts');
  const settings = openSettings({ folder: options.dataFolder, managed: managed.settings, log });
  applySettings({ settings, window, program: systemPlaces().appImage ?? process.execPath, log });
  const managedBroker = managed.brokerUrl ?? null;
  const managedSinks = { sinks: managed.sinks, readSecret: (file: string) => machineManagedSecret(file, log) };
  const opening = openParts(options, { app, window, power, settings, managedBroker, managedSinks });
  app.quit = quitThrough(async () => {
    window.letGo();
    await (await opening).close();
    power.close();
  }, log);
  const [agent, { serveCommands }, { stateForWindow }] = await Promise.all([
    opening,
    import('./shell/ipc.ts'),
    import('./shell/state-for-window.ts'),
  ]);
  app.agent = agent;
  connect(agent, { app, power });
  // What the window asks goes through the door.
  serveCommands({
    handlers: allCommands({ agent, window, quit: () => app.quit(), askFolder: askExportFolder, askSinkFolder }),
    log,
    shown: () => agent.state().me?.user ?? null,
    isOurWindow: window.isOurWindow,
  });
  window.attach(stateForWindow(agent, log), openRememberedBounds(options.dataFolder, log));
  claimLinks();
  if (!options.hidden && !openedAtLogin()) window.show();
  await watching;
}

type Parts = { readonly app: Running; readonly window: MainWindow; readonly power: Power };

type Chosen = {
  readonly settings: SettingsPort;
  readonly managedBroker: string | null;
  readonly managedSinks: ManagedSinksPort;
};

/** The agent with the real things of this machine around it. */
async function openParts(
  { dataFolder, configFile }: LaunchOptions,
  { app, window, power, settings, managedBroker, managedSinks }: Parts & Chosen,
): Promise<Agent> {
  const { openAgent } = await import('./agent/open-agent.ts');
  const examples = examplesFolder(bundle);
  return await openAgent({
    dataFolder,
    configFile: chooseConfigFile({ told: configFile, dataFolder, examplesFolder: examples, exists: existsSync }),
    version: programVersion(),
    brokerWorker: files.brokerWorker,
    managedBroker,
    managedSinks,
    ports: {
      browser: systemBrowser,
      clipboard: createClipboard(() => window.show()),
      presence: power.presence,
      notices: createNotices({
        log,
        locked: power.presence.locked,
        onOpen: window.show,
        onAction: createNoticeActions({ app, show: window.show, log }),
      }),
      settings,
      log,
    },
  });
}

/** What the agent tells goes to the tray, and what the machine tells goes to the agent. */
function connect(agent: Agent, { app, power }: Pick<Parts, 'app' | 'power'>): void {
  const showState = (): void => app.tray?.update(agent.state());
  agent.subscribe(showState);
  showState();
  power.subscribe((event) => {
    agent.machine(event).catch((error: unknown) => log.trouble('machine.event', error, { event }));
  });
  // Nobody listened yet when it was found so.
  if (power.presence.locked())
    agent.machine('lock').catch((error: unknown) => log.trouble('machine.event', error, { event: 'lock' }));
}
