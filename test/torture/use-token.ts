// Calls the gateway with a token and knows when it must be refused: after the end of its grant, at whatever replica.
import type { CollectedView } from '#shared/contracts/broker-api.ts';
import type { Replica } from '#test/support/team/replica.ts';
import { callGateway } from '../../build/demo/gateway-call.ts';
import type { Run } from './world.ts';

export type Held = { readonly collected: CollectedView; readonly file: string };

/** One use at this replica, by default at any. A replica that is down gives no answer, and that is no finding. */
export async function useToken(run: Run, { collected, file }: Held, replica?: Replica): Promise<void> {
  const { journal, random, world } = run;
  const at = replica ?? random.pick(world.replicas);
  const { grant, credential } = collected;
  const path = new URL(file, credential.url ?? at.gatewayUrl).pathname;
  const wasOver = journal.ended.has(grant.id) || Date.now() >= Date.parse(grant.endsAt);
  const url = new URL(path, at.gatewayUrl).href;
  const answer = await callGateway({ token: credential.secret, url }).catch(() => null);
  if (answer === null) return;
  if (answer.status !== 200) journal.uses.refused += 1;
  else {
    journal.uses.allowed += 1;
    if (wasOver) journal.outlived.push(`grant ${grant.id} was used at ${at.name} after its end`);
  }
}
