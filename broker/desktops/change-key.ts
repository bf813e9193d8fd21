// Puts a device's new key in the place of the one it has, where both signed the end of the old key's log. One
// transaction: its people and live access go over, nothing by the old key counts any more, and it is on record.
import { openCheckpoint } from '#shared/audit/checkpoint.ts';
import { type LogPublicKey, readPublicKey } from '#shared/audit/log-key.ts';
import type { DeviceKeyChange } from '#shared/contracts/audit-api.ts';
import type { DeviceId, SubjectId } from '#shared/domain/identity.ts';
import { outboxOrigin } from '#shared/domain/outbox-origin.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { Clock, EpochMs } from '#shared/domain/time.ts';
import { nextVersion } from '#broker/identity/directory-version.ts';
import { findDevice, replacedBy } from '#broker/identity/enrol-device.ts';
import type { Ledger } from '#broker/ledger/ledger.ts';
import type { BrokerStore, Tx } from '#broker/store.ts';
import { endLog } from './followed.ts';
import { readHandedOver } from './read-opening.ts';
import { readStoredHead, type StoredHead } from './stored-log.ts';

type Deps = { readonly store: BrokerStore; readonly ledger: Ledger; readonly clock: Clock };

/** Who calls, and the key that signed the call: the new one. */
export type Changing = { readonly subject: SubjectId; readonly key: LogPublicKey };

export type ChangeRefusal = {
  readonly code: 'not_found' | 'invalid_checkpoint' | 'state_conflict';
  readonly detail: string;
};

/**
 * Gives when it was changed; again is the same. Refuses a device that is not this person's, a head that is not the one
 * that is stored or that not both keys signed for one another, a key that was known before, and a device with requests
 * that wait to be collected: what was approved was approved for the old key.
 */
export async function changeDeviceKey(
  deps: Deps,
  { subject, key }: Changing,
  { replaces, checkpoint }: DeviceKeyChange,
): Promise<Result<EpochMs, ChangeRefusal>> {
  return await deps.store.transaction(async (tx) => {
    if ((await findDevice(tx, subject, replaces)) === null) return refuse('not_found', 'There is no such device.');
    const taken = await replacedBy(tx, replaces);
    const known = await findDevice(tx, subject, key.thumbprint);
    if (taken === key.thumbprint && known !== null) return ok(known);
    if (taken !== null) return refuse('state_conflict', 'Another key took the place of that one.');
    if (await isKnown(tx, key.thumbprint))
      return refuse('state_conflict', 'That key was known before: take a new one.');
    const head = await readStoredHead(tx, outboxOrigin(replaces));
    const agreed = await agreeOn(tx, { replaces, key, checkpoint, head });
    if (!agreed.ok) return agreed;
    if (await hasOpenRequests(tx, replaces))
      return refuse('state_conflict', 'Requests of that device are open: collect or withdraw them first.');
    return ok(await change(deps, tx, { subject, key, replaces, head: agreed.value }));
  });
}

type Claim = {
  readonly replaces: DeviceId;
  readonly key: LogPublicKey;
  readonly checkpoint: string;
  readonly head: StoredHead | null;
};

/** Both keys signed the stored head, and the record that ends it names the new key. */
async function agreeOn(tx: Tx, { replaces, key, checkpoint, head }: Claim): Promise<Result<StoredHead, ChangeRefusal>> {
  if (head === null) return refuse('state_conflict', 'Nothing of that log is here.');
  const origin = outboxOrigin(replaces);
  const { public_key: pem } = await tx
    .selectFrom('desktop_epochs')
    .select('public_key')
    .where('origin', '=', origin)
    .where('epoch', '=', head.epoch)
    .executeTakeFirstOrThrow();
  const old = readPublicKey(pem);
  const byOld = old === null ? null : openCheckpoint(checkpoint, old);
  if (byOld === null || !byOld.ok) return refuse('invalid_checkpoint', 'It is not signed by the old key.');
  if (!openCheckpoint(checkpoint, key).ok) return refuse('invalid_checkpoint', 'It is not signed by the new key.');
  const { size, root } = byOld.value;
  if (byOld.value.origin !== origin) return refuse('invalid_checkpoint', 'It is of another log.');
  if (size !== head.size || root.toString('base64') !== head.root)
    return refuse('state_conflict', 'It is not the last head that is here.');
  const { canonical } = await tx
    .selectFrom('desktop_records')
    .select('canonical')
    .where('origin', '=', origin)
    .where('epoch', '=', head.epoch)
    .where('sequence', '=', head.size - 1)
    .executeTakeFirstOrThrow();
  if (readHandedOver(canonical) !== key.thumbprint)
    return refuse('invalid_checkpoint', 'The last record of that log does not name this key.');
  return ok(head);
}

type Agreed = Changing & { readonly replaces: DeviceId; readonly head: StoredHead };

async function change(deps: Deps, tx: Tx, { subject, key, replaces, head }: Agreed): Promise<EpochMs> {
  const device = key.thumbprint;
  const nowMs = deps.clock.now();
  const enrolled = await tx.selectFrom('devices').select('subject').where('id', '=', replaces).execute();
  await tx
    .insertInto('devices')
    .values(enrolled.map((row) => ({ id: device, subject: row.subject, enrolled_at_ms: nowMs, replaced_by: null })))
    .execute();
  await tx.updateTable('devices').set({ replaced_by: device }).where('id', '=', replaces).execute();
  await takeFactsOver(tx, replaces, device);
  const grants = await takeAccessOver(tx, replaces, device);
  await endLog(tx, { origin: outboxOrigin(replaces), epoch: head.epoch, by: outboxOrigin(device) });
  const { epoch, size, root } = head;
  await deps.ledger.append(tx, {
    kind: 'device.key_changed',
    atMs: nowMs,
    actor: subject,
    subject,
    resource: null,
    requestId: null,
    grantId: null,
    outcome: 'success',
    data: { device, replaces, epoch, size, root, grants },
  });
  return nowMs;
}

async function isKnown(tx: Tx, device: DeviceId): Promise<boolean> {
  return (await tx.selectFrom('devices').select('id').where('id', '=', device).executeTakeFirst()) !== undefined;
}

async function hasOpenRequests(tx: Tx, device: DeviceId): Promise<boolean> {
  const open = tx.selectFrom('requests').select('id').where('device', '=', device);
  return (await open.where('state', 'in', ['pending', 'approved']).limit(1).executeTakeFirst()) !== undefined;
}

/** It is the same computer: what is known of it stays known. */
async function takeFactsOver(tx: Tx, from: DeviceId, to: DeviceId): Promise<void> {
  const facts = await tx.selectFrom('device_facts').selectAll().where('device', '=', from).executeTakeFirst();
  if (facts === undefined) return;
  await tx.deleteFrom('device_facts').where('device', '=', to).execute();
  await tx
    .insertInto('device_facts')
    .values({ ...facts, device: to, version: await nextVersion(tx) })
    .execute();
}

/** Access that runs goes on, to the same end. Gives how much. */
async function takeAccessOver(tx: Tx, from: DeviceId, to: DeviceId): Promise<number> {
  const live = await tx
    .updateTable('grants')
    .set({ device: to })
    .where('device', '=', from)
    .where('state', '!=', 'ended')
    .returning('request_id')
    .execute();
  const requests = live.map(({ request_id }) => request_id);
  if (requests.length > 0) await tx.updateTable('requests').set({ device: to }).where('id', 'in', requests).execute();
  return live.length;
}

function refuse(code: ChangeRefusal['code'], detail: string): Result<never, ChangeRefusal> {
  return err({ code, detail });
}
