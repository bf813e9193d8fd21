// `audit hold`, `audit holds`, `audit release-hold`: legal holds, under which nothing of a person is erased or pruned. One
// administrator places one; at a team two release it.
import { parseArgs } from 'node:util';
import type { BrokerClient } from '#shared/client/broker-client.ts';
import { DOOR_OPTIONS, DOOR_USAGE, must, Refused, throughDoor } from './broker-door.ts';

export const HOLD_USAGE = `npm run audit -- hold SUBJECT --reason TEXT ${DOOR_USAGE}`;
export const HOLDS_USAGE = `npm run audit -- holds ${DOOR_USAGE}`;
export const RELEASE_USAGE = `npm run audit -- release-hold HOLD --reason TEXT ${DOOR_USAGE}`;

export async function hold(args: readonly string[]): Promise<number> {
  return await withReason(args, HOLD_USAGE, async (client, subject, reason) => {
    const placed = must(await client.placeHold(subject, reason));
    console.log(`${placed.id}: nothing of ${placed.name} is erased or pruned until it is released`);
  });
}

export async function releaseHold(args: readonly string[]): Promise<number> {
  return await withReason(args, RELEASE_USAGE, async (client, id, reason) => {
    const change = must(await client.releaseHold(id, reason));
    const waits = `waits for a second administrator: in the window, or npm run audit -- agree ${change.id}`;
    console.log(change.state === 'applied' ? 'released, self-attested' : waits);
  });
}

export async function holds(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: DOOR_OPTIONS });
  return await throughDoor(values, process.env, async (client) => {
    const { holds: standing } = must(await client.holds());
    for (const { id, name, person, placedBy, placedAt, reason } of standing)
      console.log(`${id} ${placedAt} ${name} (${person}) by ${placedBy}: ${reason}`);
    if (standing.length === 0) console.log('no legal hold stands');
    return 0;
  });
}

async function withReason(
  args: readonly string[],
  usage: string,
  work: (client: BrokerClient, id: string, reason: string) => Promise<void>,
): Promise<number> {
  const options = { ...DOOR_OPTIONS, reason: { type: 'string' } } as const;
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
  const [id, ...more] = positionals;
  const { reason } = values;
  if (id === undefined || more.length > 0 || reason === undefined || reason === '') throw new Refused(usage);
  await throughDoor(values, process.env, async (client) => await work(client, id, reason));
  return 0;
}
