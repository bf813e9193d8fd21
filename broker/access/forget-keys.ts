// Forgets Idempotency-Keys that have done their work: a client repeats a call within minutes, not within weeks.
import { DAY_MS } from '#shared/domain/time.ts';
import type { AccessDeps } from './access-deps.ts';

const KEYS_KEPT_MS = 7 * DAY_MS;
const AT_ONCE = 500;

/** Deletes keys that are older than 7 days and whose request is over. From then on such a key would name a new request. */
export async function forgetKeys(deps: AccessDeps): Promise<void> {
  for (;;) {
    // Looked for outside a transaction: most runs find nothing, and then write nothing.
    const old = await deps.store.read
      .selectFrom('idempotency')
      .innerJoin('requests', 'requests.id', 'idempotency.request_id')
      .select('requests.id')
      .where('idempotency.created_at_ms', '<=', deps.clock.now() - KEYS_KEPT_MS)
      .where('requests.state', 'not in', ['pending', 'approved'])
      .limit(AT_ONCE)
      .execute();
    if (old.length === 0) return;
    await deps.store.transaction(async (tx) => {
      await tx
        .deleteFrom('idempotency')
        .where(
          'request_id',
          'in',
          old.map(({ id }) => id),
        )
        .execute();
    });
    if (old.length < AT_ONCE) return;
  }
}
