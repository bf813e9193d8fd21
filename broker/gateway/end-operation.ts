// Ends the access whose one call was made, for as long as it takes.
import type { Admission } from './admission.ts';
import type { CallParts } from './handle-call.ts';

/** The gateway refuses the credential already; until the broker knows too, a restart would let it in again. */
export async function endOperation(parts: Pick<CallParts, 'deps' | 'isClosing'>, admission: Admission): Promise<void> {
  for (let waitMs = 100; !parts.isClosing(); waitMs = Math.min(waitMs * 2, 60_000)) {
    try {
      return await parts.deps.operationDone(admission.credential);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, waitMs).unref());
    }
  }
}
