// Calls a resource at the gateway with the credential of a grant, as a tool of its holder would.
import type { CollectedView } from '#shared/contracts/broker-api.ts';

export type GatewayAnswer = { readonly status: number; readonly text: string };

/** The token goes into the header of one call and nowhere else. */
export async function callGateway({ credential }: CollectedView, path: string, body?: unknown): Promise<GatewayAnswer> {
  const headers = { authorization: `Bearer ${credential.secret}`, 'content-type': 'application/json' };
  const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
  const response = await fetch(new URL(path, credential.url ?? undefined), init);
  return {
    status: response.status,
    text: await response.text(),
  };
}
