// A signed-in person makes a device key theirs. What is known of the device comes from its enrolment, never from a request.
import type { DeviceId, Principal, SubjectId } from '#shared/domain/identity.ts';
import type { Clock, EpochMs } from '#shared/domain/time.ts';
import type { Ledger } from '#broker/ledger/ledger.ts';
import type { BrokerStore, Reader } from '#broker/store.ts';

type Deps = { readonly store: BrokerStore; readonly ledger: Ledger; readonly clock: Clock };

/** Enrols the device for the principal, on record; again is the same. Gives when it was enrolled. */
export async function enrolDevice(deps: Deps, principal: Principal, device: DeviceId): Promise<EpochMs> {
  return await deps.store.transaction(async (tx) => {
    const known = await findDevice(tx, principal.subject, device);
    if (known !== null) return known;
    const nowMs = deps.clock.now();
    const { numInsertedOrUpdatedRows } = await tx
      .insertInto('devices')
      .values({ id: device, subject: principal.subject, enrolled_at_ms: nowMs, replaced_by: null })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow();
    // Another replica enrolled it at this moment.
    if (numInsertedOrUpdatedRows !== 1n) return (await findDevice(tx, principal.subject, device)) ?? nowMs;
    await deps.ledger.append(tx, {
      kind: 'device.enrolled',
      atMs: nowMs,
      actor: principal.subject,
      subject: principal.subject,
      resource: null,
      requestId: null,
      grantId: null,
      outcome: 'success',
      data: { device },
    });
    return nowMs;
  });
}

/** When the device was enrolled for this subject, or null. */
export async function findDevice(db: Reader, subject: SubjectId, device: DeviceId): Promise<EpochMs | null> {
  const row = await db
    .selectFrom('devices')
    .select('enrolled_at_ms')
    .where('id', '=', device)
    .where('subject', '=', subject)
    .executeTakeFirst();
  return row?.enrolled_at_ms ?? null;
}

/** Whose key took the place of this device's, for whomever it is enrolled; null: nobody's did. */
export async function replacedBy(db: Reader, device: DeviceId): Promise<DeviceId | null> {
  const row = await db
    .selectFrom('devices')
    .select('replaced_by')
    .where('id', '=', device)
    .where('replaced_by', 'is not', null)
    .limit(1)
    .executeTakeFirst();
  return row?.replaced_by ?? null;
}
