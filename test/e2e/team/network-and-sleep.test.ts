// What comes between Ana's desktop and the broker: the network, sleep, the end of her sign-in. Jo, who approves, has a
// desktop at the other replica. Ana's reaches its replica through a name of the outside, as behind a load balancer.
import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { KEYCHAIN_SERVICE } from '#electron/agent/open-agent.ts';
import type { GrantView } from '#shared/contracts/broker-api.ts';
import { SECOND_MS } from '#shared/domain/time.ts';
import { until } from '#test/desktop/until.ts';
import { expectOk } from '#test/support/broker-world.ts';
import { ANA, JO_BERG, LEE } from '#test/support/oidc/accounts.ts';
import { DESKTOP_CLIENT_ID } from '#test/support/oidc/clients.ts';
import type { Team } from '#test/support/team/open-team.ts';
import { openTcpProxy } from '#test/support/tcp-proxy.ts';
import { faultsInLogs } from '../support/books.ts';
import { filesHolding, processesShowing } from '../support/find-secret.ts';
import { checkOut, stateThat, wishFor } from '../support/knock.ts';
import { copiesInKeychain } from '../support/outside.ts';
import { hold } from '../support/processes.ts';
import { teamLogs } from '../support/team/team-books.ts';
import { useTeam } from '../support/team/use-team.ts';
import { onlyToken, PENGUINS_FILE, statusOf, tokensIn } from '../support/tokens.ts';
import { askFor, card, CONGRESS, openTab } from '../support/window.ts';

let replica = { host: '127.0.0.1', port: 0 };
const network = await openTcpProxy(() => replica);
afterAll(async () => await network[Symbol.asyncDispose]());

const my = useTeam({
  people: { ana: ANA, jo: JO_BERG },
  // Short enough that a sign-in which ended is noticed while a test waits.
  provider: { accessTokenTtlS: 15 },
  prepare: putBehindTheNetwork,
  addressOf: async (person, { url }) => await Promise.resolve(person === 'ana' ? outside() : url),
});

describe('without a network for longer than a grant', () => {
  it('the desktop wipes on time by itself, and agrees with the broker when it is back', async () => {
    const { ana } = my;
    const grant = await checkOut(ana.page, wishFor({ durationMs: 12 * SECOND_MS }));
    const token = await onlyToken(ana.desk);
    network.cut();
    await stateThat(ana.page, 'offline', ({ broker }) => broker.kind === 'offline');
    await ana.page.getByText('The broker cannot be reached').waitFor();
    await until('an empty keychain', async () => ((await tokensIn(ana.desk)).length === 0 ? true : undefined), 60_000);
    expect(Date.now()).toBeGreaterThanOrEqual(grant.endsAtMs);
    await ana.desk.notifications.find('Access ended: its time is over');
    await stateThat(
      ana.page,
      'still offline',
      ({ broker, grants }) => broker.kind === 'offline' && grants.length === 0,
    );

    network.mend();
    // By itself it tries again after a while.
    await ana.page.getByRole('button', { name: 'Try again' }).click();
    await stateThat(ana.page, 'the network', ({ broker }) => broker.kind === 'ready');
    await stateThat(ana.page, 'a synced log', ({ sync }) => sync.kind === 'synced');
    // The desktop is on time; the broker looks whether the access is refused before it writes that it ended.
    await until('the end on record', async () => ((await endedGrants()).includes(grant.grantId) ? true : undefined));
    const logs = await teamLogs(ana, await administrator(), 'cut');
    expect(faultsInLogs(logs, [])).toEqual([]);
    const ended = logs.ledger.filter(({ kind, grantId }) => kind === 'grant.ended' && grantId === grant.grantId);
    expect(ended.map(({ data }) => data['reason'])).toEqual(['expired']);
    const wiped = logs.desktop.filter(({ kind }) => kind === 'wipe.done');
    expect(wiped.map(({ data }) => data['reason'])).toEqual(['expired']);
    expect(await filesHolding(ana.desk, token)).toEqual([]);
    expect(processesShowing(ana.desk, token)).toEqual([]);
  });
});

describe('a machine that sleeps', () => {
  it('learns when it is awake what happened meanwhile, also over a connection that died in its sleep', async () => {
    const { ana } = my;
    await checkOut(ana.page);
    const token = await onlyToken(ana.desk);
    await ana.desk.power.suspend();
    network.silence();
    {
      using asleep = hold(ana.desk.app.pid);
      expectOk(await (await administrator()).revoke((await activeGrant()).id, 'The report is out.'));
      expect(await statusOf(my.replicas[1].gatewayUrl, PENGUINS_FILE, token)).toBe(401);
      network.mend();
      asleep.release();
    }
    await ana.desk.power.resume();
    const told = await ana.desk.notifications.find('Access was revoked');
    expect(told.body.split('\n')[1]).toBe('The report is out.');
    expect(await tokensIn(ana.desk)).toEqual([]);
  });
});

describe('a sign-in that runs out', () => {
  it('loses no request that waits: it is there after the next one, and starts when it is approved', async () => {
    const { ana, jo } = my;
    await askFor(ana.page, CONGRESS, { why: 'Which states are missing?' });
    my.team.provider.disable(ANA);
    await ana.page.getByText('Your sign-in has run out').first().waitFor();
    await openTab(jo.page, 'Approvals');
    const asked = card(jo.page, `Ana Lima asks for ${CONGRESS}`);
    await asked.waitFor();

    my.team.provider.enable(ANA);
    await ana.signIn(ANA);
    await openTab(ana.page, 'Access');
    await card(ana.page, CONGRESS).getByText('0 of 1 approvals').waitFor();
    await asked.getByRole('button', { name: 'Approve 1 hr' }).click();
    expect(
      await statusOf(
        my.replicas[0].gatewayUrl,
        '/gateway/dataset/legislators/legislators.csv',
        await onlyToken(ana.desk),
      ),
    ).toBe(200);
  });
});

describe('signing out', () => {
  it('wipes everything, ends access at the broker, and takes the sign-in back at the provider', async () => {
    const { ana, jo } = my;
    await checkOut(ana.page);
    const token = await onlyToken(ana.desk);
    const refreshToken = await signInKept();
    expect(my.team.provider.revocations()).toBe(0);
    await openTab(ana.page, 'Settings');
    await ana.page.getByRole('button', { name: 'Sign out…' }).click();
    await ana.page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await ana.page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
    expect(await copiesInKeychain(ana.desk)).toEqual([]);
    await until('access refused', async () =>
      (await statusOf(my.replicas[1].gatewayUrl, PENGUINS_FILE, token)) === 401 ? true : undefined,
    );
    await until('the sign-in to be taken back', () => (my.team.provider.revocations() > 0 ? true : undefined));
    expect(await refreshes(refreshToken)).toBe(false);
    expect(await filesHolding(ana.desk, token)).toEqual([]);
    // The others' are theirs.
    await stateThat(jo.page, 'Jo signed in', ({ broker, me }) => broker.kind === 'ready' && me?.name === 'Jo Berg');
    await ana.signIn(ANA);
  });
});

const outside = (): string => `http://127.0.0.1:${network.port}`;

/** The first replica is known to the outside by the network's address, as proofs of devices name it. */
async function putBehindTheNetwork({ files }: Team): Promise<void> {
  const { configFile, url } = files.replicas[0];
  const config = parseDocument(await readFile(configFile, 'utf8'));
  config.setIn(['publicUrl'], outside());
  await writeFile(configFile, config.toString());
  replica = { host: '127.0.0.1', port: Number(new URL(url).port) };
}

/** At the other replica, which the network does not come between. */
const administrator = async () => await my.team.client(LEE, my.replicas[1]);

async function activeGrant(): Promise<GrantView> {
  const { grants } = expectOk(await (await administrator()).grants({ of: 'revocable', state: 'active' }));
  expect(grants).toHaveLength(1);
  return grants[0] as GrantView; // There is one.
}

async function endedGrants(): Promise<readonly string[]> {
  const { grants } = expectOk(await (await administrator()).grants({ of: 'revocable', state: 'ended' }));
  return grants.map(({ id }) => id);
}

/** The refresh token of Ana's desktop, as another program finds it. */
async function signInKept(): Promise<string> {
  const items = await my.ana.desk.keychain.list({ service: KEYCHAIN_SERVICE });
  const kept = items.find(({ attributes }) => attributes['username']?.startsWith('sign-in'));
  if (kept === undefined) throw new Error(`there is only ${items.map(({ label }) => label).join(', ')}`);
  return kept.secret;
}

/** Whether the provider still gives tokens for it. */
async function refreshes(refreshToken: string): Promise<boolean> {
  const { issuer } = my.team.provider;
  const found = (await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()) as {
    token_endpoint: string;
  };
  const form = { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: DESKTOP_CLIENT_ID };
  const answer = await fetch(found.token_endpoint, { method: 'POST', body: new URLSearchParams(form) });
  await answer.body?.cancel();
  return answer.ok;
}
