// A provisioning service (an MDM) says what is true of a device. What nobody said is unknown, and unknown denies.
import type { DeviceFacts, DeviceId, Principal } from '#shared/domain/identity.ts';
import type { Clock } from '#shared/domain/time.ts';
import type { Ledger } from '#broker/ledger/ledger.ts';
import type { BrokerStore } from '#broker/store.ts';
import { nextVersion } from './directory-version.ts';
import type { DeviceFactsRow } from './tables.ts';

type Deps = { readonly store: BrokerStore; readonly ledger: Pick<Ledger, 'append'>; readonly clock: Clock };

/** Keeps the facts, on record when they changed. The device need not be enrolled yet. */
export async function tellDeviceFacts(
  deps: Deps,
  service: Principal,
  device: DeviceId,
  facts: DeviceFacts,
): Promise<void> {
  await deps.store.transaction(async (tx) => {
    const known = await tx.selectFrom('device_facts').selectAll().where('device', '=', device).executeTakeFirst();
    const told = {
      managed: facts.managed === null ? null : Number(facts.managed),
      disk_encrypted: facts.diskEncrypted === null ? null : Number(facts.diskEncrypted),
      country: facts.country,
    };
    if (known !== undefined && isSame(known, told)) return;
    const row = { ...told, told_by: service.subject, told_at_ms: deps.clock.now(), version: await nextVersion(tx) };
    if (known === undefined)
      await tx
        .insertInto('device_facts')
        .values({ device, ...row })
        .execute();
    else await tx.updateTable('device_facts').set(row).where('device', '=', device).execute();
    await deps.ledger.append(tx, {
      kind: 'device.facts_changed',
      atMs: deps.clock.now(),
      actor: service.subject,
      subject: null,
      resource: null,
      requestId: null,
      grantId: null,
      outcome: 'success',
      data: { device, ...facts },
    });
  });
}

type Told = Pick<DeviceFactsRow, 'managed' | 'disk_encrypted' | 'country'>;

function isSame(known: Told, told: Told): boolean {
  return (
    known.managed === told.managed && known.disk_encrypted === told.disk_encrypted && known.country === told.country
  );
}
