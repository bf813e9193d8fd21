// The team's job told in steps: one asks, another approves from a notification, both replicas honour it, an administrator
// ends it. Every step checks its result from outside: the gateway's answers, the table, the keychain by another reader.
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { expectOk } from '#test/support/broker-world.ts';
import { ANA, JO_BERG, LEE } from '#test/support/oidc/accounts.ts';
import { callGateway } from './gateway-call.ts';
import { see } from './person.ts';
import { expect } from './steps.ts';
import { keepLedger } from './team-ledger.ts';
import { grantOf, newSecret } from './team-look.ts';
import { useTable } from './team-table.ts';
import { desktopTime, ledgerTime } from './team-times.ts';
import type { TeamPlay } from './team-stage.ts';

export type TeamFigures = {
  /** From the approval at the broker to the token in the keychain of the other desktop. */
  readonly approveToTokenMs: number;
  /** From the administrator's revoke to refused at the gateway of the other replica. */
  readonly revokeToRefusedMs: number;
  /** From the same moment to the token gone from the desktop, checked. */
  readonly revokeToWipedMs: number;
};
const PEOPLE = 'Members of the US Congress';
const FILE = '/gateway/dataset/legislators/legislators.csv';

/** Plays it, and leaves the ledger's export in `folder`. Throws at the first step that fails. */
export async function playTeamStory(play: TeamPlay, folder: string): Promise<TeamFigures> {
  await signIn(play);
  await ask(play);
  const { token, approveToTokenMs } = await approve(play);
  await useAtOtherReplica(play, token);
  await useTable(play);
  const revoked = await revoke(play, token);
  await verify(play, folder);
  return { approveToTokenMs, ...revoked };
}

async function signIn({ stage, steps: { step }, pictures }: TeamPlay): Promise<void> {
  const { ana, jo, replicas } = stage;
  await step('Ana connects her desktop and signs in on the provider’s page, in a browser', async (say) => {
    await ana.desktop.connect(replicas[0].url);
    await pictures.ana('team-sign-in');
    const { text } = await ana.desktop.signIn(ANA);
    say(`the browser says: ${text.split('\n')[0] ?? ''}`);
    await pictures.ana('team-access-empty');
  });
  await step('Jo does the same at the other replica', async () => {
    await jo.desktop.connect(replicas[1].url);
    await jo.desktop.signIn(JO_BERG);
  });
}

async function ask({ stage: { ana }, steps: { step }, pictures }: TeamPlay): Promise<void> {
  await step('Ana asks for confidential data: policy wants a person', async (say) => {
    const verdict = await ana.person.fillForm({ name: PEOPLE, why: 'Count the members by party for the report' });
    await pictures.ana('team-form');
    say(`policy: ${verdict}`);
    await ana.person.ask();
    await pictures.ana('team-waiting');
  });
}

type Approved = { readonly token: string; readonly approveToTokenMs: number };

async function approve(play: TeamPlay): Promise<Approved> {
  const { stage, pictures } = play;
  return await play.steps.step('Jo approves from the notification; the token is at Ana’s', async (say) => {
    const { ana, jo } = stage;
    await jo.desktop.desk.notifications.find(new RegExp(PEOPLE));
    await jo.person.open('Approvals');
    await jo.person.page.getByText(PEOPLE).first().waitFor();
    await pictures.jo('team-approvals');
    // Its buttons do nothing in their first second, so that nobody answers what they did not read.
    await sleep(1500);
    await jo.desktop.desk.notifications.press(new RegExp(PEOPLE), 'Approve');
    const token = await newSecret(ana.person, []);
    await pictures.ana('team-access');
    const lee = await stage.team.client(LEE);
    const approvedAtMs = await ledgerTime(lee, 'request.approved');
    const storedAtMs = await desktopTime(ana.desktop.dataFolder(), 'copy.stored', approvedAtMs);
    const approveToTokenMs = storedAtMs - approvedAtMs;
    say(`in Ana’s keychain ${approveToTokenMs} ms after the broker had the approval; another reader finds it there`);
    return { token, approveToTokenMs };
  });
}

async function useAtOtherReplica({ stage, steps: { step } }: TeamPlay, token: string): Promise<void> {
  await step('her token opens the dataset at the other replica’s gateway, personal columns masked', async (say) => {
    const answer = await callGateway({ token, url: new URL(FILE, stage.replicas[1].gatewayUrl).href });
    expect(answer.status === 200, `the gateway answered ${answer.status}`);
    expect(!answer.text.includes('Cantwell'), 'a name came through the mask');
    for (const line of answer.text.split('\n').slice(0, 2)) say(line.slice(0, 120));
  });
}

async function revoke(
  { stage, steps: { step }, pictures }: TeamPlay,
  token: string,
): Promise<Omit<TeamFigures, 'approveToTokenMs'>> {
  return await step(
    'Lee, an administrator, revokes her token; refused at the other replica, wiped at Ana’s',
    async (say) => {
      const grant = await grantOf(stage.team, PEOPLE);
      const lee = await stage.team.client(LEE, stage.replicas[0]);
      const url = new URL(FILE, stage.replicas[1].gatewayUrl).href;
      const [askedMs, askedAtMs] = [performance.now(), Date.now()];
      const revoked = lee.revoke(grant.id, 'The report is done.');
      // A call that is under way when the grant ends is cut: that is no answer yet.
      while ((await callGateway({ token, url }).catch(() => null))?.status !== 401);
      const revokeToRefusedMs = Math.round(performance.now() - askedMs);
      expectOk(await revoked);
      await see('an empty place in the keychain', async () => !(await stage.ana.person.tokens()).includes(token));
      const revokeToWipedMs = (await desktopTime(stage.ana.desktop.dataFolder(), 'wipe.done', askedAtMs)) - askedAtMs;
      await pictures.ana('team-revoked');
      say(`refused after ${revokeToRefusedMs} ms, deleted from Ana’s machine and checked after ${revokeToWipedMs} ms`);
      return { revokeToRefusedMs, revokeToWipedMs };
    },
  );
}

async function verify({ stage, steps: { step } }: TeamPlay, folder: string): Promise<void> {
  await step('the ledger of both replicas is one, and verifies', async (say) => {
    const [one, two] = stage.replicas;
    const fromOne = await keepLedger(await stage.team.client(LEE, one), `${folder}/ledger`);
    const fromTwo = await keepLedger(await stage.team.client(LEE, two), `${folder}/ledger-of-replica-2`);
    expect(fromOne.origin === fromTwo.origin && fromOne.fingerprint === fromTwo.fingerprint, 'there are two ledgers');
    say(`${fromTwo.records} records, signed by one key; docs/verify-export.sh checks it without this program`);
  });
}
