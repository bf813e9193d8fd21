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

/** Says the first rows of an answer, and how many there are. */
export function sayRows(say: (line: string) => void, { text }: GatewayAnswer): void {
  const lines = text.trimEnd().split('\n');
  for (const line of lines.slice(0, 3)) say(line.slice(0, 140));
  say(`… ${lines.length - 1} rows`);
}
