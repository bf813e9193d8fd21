// `audit erase SUBJECT --reason TEXT`: says what an erasure will reach, asks, proposes it, and says what was reached. At a
// team a second administrator agrees, in the window or by `audit agree CHANGE`; an embedded broker's owner attests it.
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import type { BrokerClient } from '#shared/client/broker-client.ts';
import type { ErasurePlace, ErasureReach } from '#shared/contracts/erasure-api.ts';
import { DOOR_OPTIONS, DOOR_USAGE, must, Refused, throughDoor } from './broker-door.ts';

export const ERASE_USAGE = `npm run audit -- erase SUBJECT --reason TEXT [--yes] ${DOOR_USAGE}`;
export const AGREE_USAGE = `npm run audit -- agree CHANGE [--reason TEXT] ${DOOR_USAGE}`;

const PLACES: Readonly<Record<ErasurePlace, string>> = {
  ledger_words: 'keys of sealed words in the ledger',
  requests: 'requests with words',
  asked_approvers: 'requests of others that name them as approver',
  approvals: 'answers with words',
  ends: 'ends of access with words',
  findings: 'findings with notes',
  repeats: 'keys of repeated calls',
  devices: 'enrolled devices',
  directory: 'rows that a directory provisioned',
  accounts: 'accounts with name, roles and teams',
  pseudonyms: 'accounts that a pseudonym stands for',
  holds: 'reasons of legal holds that they placed',
};

/** Exit 0: erased, or proposed; 1: not confirmed, or refused. */
export async function erase(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { ...DOOR_OPTIONS, reason: { type: 'string' }, yes: { type: 'boolean', default: false } },
  });
  const [subject, ...more] = positionals;
  const { reason, yes } = values;
  if (subject === undefined || more.length > 0 || reason === undefined || reason === '') throw new Refused(ERASE_USAGE);
  return await throughDoor(values, process.env, async (client) => {
    const reach = must(await client.erasureReach(subject));
    console.log(before(reach).join('\n'));
    if (reach.holds.length > 0) throw new Refused('a legal hold stands: nothing is erased until it is released');
    if (!yes && !(await typed(subject))) throw new Refused('not confirmed: nothing was done');
    const change = must(await client.erasePerson(reach.person, reason));
    if (change.state !== 'applied') {
      console.log(`waits for a second administrator: in the window, or npm run audit -- agree ${change.id}`);
      return 0;
    }
    return await told(client, reach);
  });
}

/** Exit 0: agreed. */
export async function agree(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { ...DOOR_OPTIONS, reason: { type: 'string', default: '' } },
  });
  const [change, ...more] = positionals;
  if (change === undefined || more.length > 0) throw new Refused(AGREE_USAGE);
  return await throughDoor(values, process.env, async (client) => {
    const waiting = must(await client.changes()).changes.find(({ id }) => id === change);
    for (const line of waiting?.lines ?? []) console.log(line);
    const { state } = must(await client.answerChange(change, true, values.reason));
    console.log(state === 'waiting' ? 'agreed; one more person is needed' : state);
    return 0;
  });
}

function before({ name, person, accounts, places, holds }: ErasureReach): readonly string[] {
  return [
    `${name} (${person}), ${accounts.join(', ')}: this is erased for good, with the access that they have`,
    ...places.filter(({ rows }) => rows > 0).map(({ place, rows }) => `  ${rows} ${PLACES[place]}`),
    ...holds.map(({ id, reason, placedBy }) => `  held: ${id} by ${placedBy}: ${reason}`),
    'what they did stays on record, under pseudonyms; their desktops forget them when they next connect',
  ];
}

/** What was there and what is left of it, by the broker's word and not by the promise. */
async function told(client: BrokerClient, reach: ErasureReach): Promise<number> {
  const { erased } = must(await client.erasures(0));
  const missed = reach.accounts.filter((account) => !erased.includes(account));
  if (missed.length > 0) throw new Refused(`not erased: ${missed.join(', ')}`);
  const rows = reach.places.reduce((sum, place) => sum + place.rows, 0);
  console.log(`erased: ${reach.accounts.join(', ')}; ${rows} rows in ${reach.places.length} places; self-attested`);
  return 0;
}

/** Whether the person typed exactly this. Nobody is asked where nobody can answer. */
async function typed(subject: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new Refused('nobody can be asked here: confirm with --yes');
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await lines.question(`type ${subject} to erase: `)).trim() === subject;
  } finally {
    lines.close();
  }
}
