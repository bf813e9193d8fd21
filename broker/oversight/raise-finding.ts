// Writes down that an access is unusual, with its record, in the caller's transaction.
import type { AccessDeps } from '#broker/access/access-deps.ts';
import { recordGrant } from '#broker/access/records.ts';
import type { GrantRow } from '#broker/access/tables.ts';
import { newId } from '#broker/ids.ts';
import type { Tx } from '#broker/store.ts';
import type { Found } from './deviations/all.ts';

/** One that is there already stays as it is. */
export async function raiseFinding(deps: AccessDeps, tx: Tx, grant: GrantRow, found: Found): Promise<void> {
  const known = await tx
    .selectFrom('findings')
    .select('id')
    .where('grant_id', '=', grant.id)
    .where('deviation', '=', found.deviation)
    .executeTakeFirst();
  if (known !== undefined) return;
  const id = newId('fnd');
  await tx
    .insertInto('findings')
    .values({
      id,
      grant_id: grant.id,
      deviation: found.deviation,
      facts: JSON.stringify(found.facts),
      raised_at_ms: deps.clock.now(),
      answer: 'open',
      answered_by: null,
      answered_at_ms: null,
      note: null,
    })
    .execute();
  await recordGrant(deps, tx, grant, {
    kind: 'finding.raised',
    actor: 'broker',
    data: { finding: id, deviation: found.deviation, facts: found.facts },
  });
}
