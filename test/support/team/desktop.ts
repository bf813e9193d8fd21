// A desktop of somebody in a team: the built app on a private desktop, connected to a replica as a person connects it,
// and signed in with a real browser at the provider's real page.
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { areaOf } from '#electron/agent/connection/broker-choice.ts';
import type { HostName } from '#test/desktop/desk/host.ts';
import { openDesktop, type Desk } from '#test/desktop/open-desktop.ts';
import { until } from '#test/desktop/until.ts';
import { isFresh } from '../../../build/app/build-app.ts';
import { onFreePorts, prepareSolo, type SoloFiles } from '../../../build/solo/prepare.ts';
import type { Account } from '../oidc/accounts.ts';
import { signInWithChromium, type SignedIn } from '../oidc/sign-in-with-chromium.ts';

export type TeamDesktop = AsyncDisposable & {
  readonly desk: Desk;
  readonly page: Page;
  /** Where the app keeps what it knows of the broker that it is connected to, its own log among it. */
  readonly dataFolder: () => string;
  /** Starts the app again, after it was quit or killed; gives its window. */
  readonly restart: () => Promise<Page>;
  /** In Settings: types the broker's address, looks at what answers, and uses it. */
  readonly connect: (url: string) => Promise<void>;
  /** Presses *Sign in*, and does in the browser what the app opened there. */
  readonly signIn: (account: Account) => Promise<SignedIn>;
};

const WINDOW_LIMIT_MS = 60_000;

export type DesktopOptions = {
  readonly host?: HostName;
  /** Where its people sign in; each time in one of their own by default. */
  readonly browser?: Browser;
};

/** Opens the app as on its first day, with its welcome passed. Refuses bundles that are older than their sources. */
export async function openTeamDesktop({ browser, ...options }: DesktopOptions = {}): Promise<TeamDesktop> {
  if (!isFresh()) throw new Error('out/ is older than its sources: npm run build');
  await using opened = new AsyncDisposableStack();
  const desk = opened.use(await openDesktop({ ...options, start: false }));
  const files = await onFreePorts(await prepareSolo(path.join(desk.scratch, 'data')), 9);
  let page = await start(desk, files);
  let dataFolder = files.dataFolder;
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.getByRole('tab', { name: 'Access' }).waitFor();
  const all = opened.move();
  return {
    desk,
    get page() {
      return page;
    },
    dataFolder: () => dataFolder,
    restart: async () => {
      page = await start(desk, files);
      return page;
    },
    connect: async (url) => {
      await connect(page, url);
      dataFolder = areaOf(files.dataFolder, { kind: 'team', url });
    },
    signIn: async (account) => await signIn(desk, page, account, browser),
    [Symbol.asyncDispose]: async () => await all.disposeAsync(),
  };
}

async function start(desk: Desk, { configFile, dataFolder }: SoloFiles): Promise<Page> {
  await desk.app.start({ args: ['--config', configFile, '--data', dataFolder] });
  const page = await desk.window();
  page.setDefaultTimeout(WINDOW_LIMIT_MS);
  return page;
}

async function connect(page: Page, url: string): Promise<void> {
  await page.getByRole('tab', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Connect to a team…' }).click();
  await page.getByRole('textbox', { name: 'Address of the broker' }).fill(url);
  await page.getByRole('button', { name: 'Look for it' }).click();
  await page.getByRole('button', { name: 'Use this broker' }).click();
  const signInButton = page.getByRole('button', { name: 'Sign in', exact: true });
  const welcome = page.getByRole('button', { name: 'Start', exact: true });
  await signInButton.or(welcome).first().waitFor();
  // What a desktop knows is kept apart for each broker, the welcome too.
  if (await welcome.isVisible()) await welcome.click();
  await signInButton.waitFor();
}

async function signIn(desk: Desk, page: Page, account: Account, browser?: Browser): Promise<SignedIn> {
  const before = (await desk.openedLinks()).length;
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  const url = await until('the address of the sign-in page', async () => (await desk.openedLinks())[before]);
  const seen = await signInWithChromium(url, account, browser);
  await page.getByRole('banner').getByText(account.name).waitFor();
  return seen;
}
