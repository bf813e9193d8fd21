// The app on a team's broker, by hand: the address typed, signed in at the provider's page in a real browser, access
// checked out into a real keyring, and nothing of it left after signing out.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWorld, type World } from '#test/support/broker-world.ts';
import { openHttpBroker, type HttpBroker } from '#test/support/http-broker.ts';
import { ANA } from '#test/support/oidc/accounts.ts';
import { openTeamDesktop, type TeamDesktop } from '#test/support/team/desktop.ts';
import { onlyToken, PENGUINS_FILE, statusOf, tokensIn } from './support/tokens.ts';
import { card, checkOut, openTab, PENGUINS } from './support/window.ts';

let world: World;
let broker: HttpBroker;
let ana: TeamDesktop;
let ticking: NodeJS.Timeout;

beforeAll(async () => {
  world = await openWorld({ startAt: new Date().toISOString() });
  ticking = setInterval(() => world.clock.set(Date.now()), 20);
  broker = await openHttpBroker(world);
  ana = await openTeamDesktop();
}, 120_000);
afterAll(async () => {
  await ana[Symbol.asyncDispose]();
  await broker[Symbol.asyncDispose]();
  clearInterval(ticking);
  await world.close();
});

describe('the app on a team broker', () => {
  it('is connected by hand, signed in by the browser, and holds nothing any more after signing out', async () => {
    const { desk } = ana;
    await ana.connect(broker.url);
    const seen = await ana.signIn(ANA);
    expect(seen.text).toContain('close this page');
    expect(new URL(seen.url).hostname).toBe('127.0.0.1');

    const { page } = ana;
    await openTab(page, 'Access');
    await checkOut(page, PENGUINS);
    const token = await onlyToken(desk);
    const { gatewayUrl } = world.broker();
    expect(await statusOf(gatewayUrl, PENGUINS_FILE, token)).toBe(200);

    // The network is gone: what is held stays, and says so.
    await broker.cut();
    await card(page, PENGUINS).waitFor();
    await broker.mend();

    await openTab(page, 'Settings');
    await page.getByRole('button', { name: 'Sign out…' }).click();
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
    expect(await tokensIn(desk)).toEqual([]);
    await expect.poll(async () => await statusOf(gatewayUrl, PENGUINS_FILE, token), { timeout: 30_000 }).toBe(401);
    expect(desk.app.log()).not.toContain(token);
  }, 120_000);
});
