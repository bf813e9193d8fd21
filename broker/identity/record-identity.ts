// Who may ask, approve and administer comes from the configuration: a change of it is put on record at the next start.
import { createHmac } from 'node:crypto';
import { canonicalJson } from '#shared/audit/canonical.ts';
import type { EmbeddedIdentity } from '#shared/contracts/config.ts';
import type { Clock } from '#shared/domain/time.ts';
import { recordPart } from '#broker/config/in-force.ts';
import type { Ledger } from '#broker/ledger/ledger.ts';
import type { BrokerStore } from '#broker/store.ts';
import type { Directory } from './directory.ts';

type Deps = {
  readonly store: BrokerStore;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly directory: Directory;
  readonly hashKey: Uint8Array;
};

/** Records which subjects, device facts or holidays differ from the last run. Keyed hashes: names cannot be guessed. */
export async function recordIdentity(deps: Deps, identity: EmbeddedIdentity): Promise<void> {
  const hash = (value: unknown): string =>
    createHmac('sha256', deps.hashKey)
      .update(`identity\n${canonicalJson(value)}`)
      .digest('hex');
  const entries: Record<string, string> = {
    device: hash(identity.device),
    holidays: hash(identity.holidays),
  };
  for (const user of identity.users) {
    const known = await deps.directory.authenticate({ kind: 'embedded', user: user.name });
    if (known.ok) entries[known.value.subject] = hash(JSON.parse(JSON.stringify(user)));
  }
  const inForce = { hash: hash(entries), entries };
  await deps.store.transaction(async (tx) => {
    await recordPart('identity', inForce, { tx, ledger: deps.ledger, nowMs: deps.clock.now(), actor: 'broker' });
  });
}
