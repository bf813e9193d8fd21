// Ends the access whose one call was made, for as long as it takes.
import type { LiveCredential } from '#broker/access/live-credentials.ts';
import type { GatewayDeps } from './gateway.ts';

/** The gateway refuses the credential already; until the broker knows too, a restart would let it in again. */
export async function endOperation(
  deps: Pick<GatewayDeps, 'operationDone'>,
  credential: LiveCredential,
  isClosing: () => boolean,
): Promise<void> {
  for (let waitMs = 100; !isClosing(); waitMs = Math.min(waitMs * 2, 60_000)) {
    try {
      return await deps.operationDone(credential);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, waitMs).unref());
    }
  }
}
