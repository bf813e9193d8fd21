// Calls a resource at the gateway with a token, as a tool of its holder would.

export type GatewayAnswer = { readonly status: number; readonly text: string };

/** The token goes into the header of one call and nowhere else. */
export async function callGateway({
  token,
  url,
  body,
}: {
  readonly token: string;
  readonly url: string;
  readonly body?: unknown;
}): Promise<GatewayAnswer> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
  const response = await fetch(url, init);
  return { status: response.status, text: await response.text() };
}
