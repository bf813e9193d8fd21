// The only place where identity goes out to the network: JSON documents of the configured issuer, small and in time.
// Follows no redirect: an address that we did not read in the issuer's own documents is not the issuer.
import { SECOND_MS } from '#shared/domain/time.ts';

/** Gives the parsed document, or null when there is none at that address (404). Throws on everything else. */
export type FetchJson = (url: string) => Promise<unknown>;

const TIME_LIMIT_MS = 5 * SECOND_MS;
const MAX_BYTES = 512 * 1024;

export const fetchIssuerJson: FetchJson = async (url) => {
  const signal = AbortSignal.timeout(TIME_LIMIT_MS);
  const response = await fetch(url, { redirect: 'error', signal, headers: { accept: 'application/json' } });
  if (response.status === 404) {
    await response.body?.cancel();
    return null;
  }
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`the issuer answered ${response.status}`);
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new Error('the issuer sent more than a document of keys needs');
    chunks.push(chunk);
  }
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
};
