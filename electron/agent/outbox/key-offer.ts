// A change of the device key as the log sees it: its end, signed by the key that it has and by the next one, is offered
// to the broker; then it goes on under the one that the broker took. Each step is one transaction.
import { sql } from 'kysely';
import { readUnverified, signCheckpoint } from '#shared/audit/checkpoint.ts';
import type { LogSigner } from '#shared/audit/log-key.ts';
import { rootOf } from '#shared/audit/merkle.ts';
import type { OutboxEvent } from '#shared/domain/audit-event.ts';
import { outboxOrigin } from '#shared/domain/outbox-origin.ts';
import type { Clock, EpochMs } from '#shared/domain/time.ts';
import { intakeWriter } from '#shared/log/intake.ts';
import { LogError } from '#shared/log/log-error.ts';
import type { Db } from '#shared/log/log-store.ts';
import { readHead, readState } from '#shared/log/open-state.ts';
import { toWholeNumber } from '#shared/log/row-reading.ts';
import { intakeSequencer, MAX_RECORDS_A_STEP, type SequencedLog } from '#shared/log/sequence-intake.ts';
import { ofDesktop } from './keep-watched.ts';
import type { KeyOffer, OfferedKeys, OutboxTx } from './outbox.ts';
import { type EpochParts, lastEpoch, startEpoch } from './start-epoch.ts';
import { OUTBOX_TABLES } from './tables.ts';

type Row = Omit<KeyOffer, 'oldKey' | 'taken'> & { readonly old_key: string; readonly taken: number };
type Offering = OfferedKeys &
  Required<Pick<SequencedLog, 'admit'>> & { readonly clock: Clock; readonly bootId: string };

const ID = 'key';
const writeIntake = intakeWriter<OutboxTx, OutboxEvent>(OUTBOX_TABLES, () => Promise.resolve(null));

/** Null: the key is not being changed. */
export async function readOffer(db: Db): Promise<KeyOffer | null> {
  const { rows } = await sql<Row>`
    select device, origin, epoch, size, note, old_key, taken from outbox_key_offer where id = ${ID}
  `.execute(db);
  const [row] = rows;
  if (row === undefined) return null;
  const { old_key: oldKey, taken, ...offer } = row;
  return { ...offer, oldKey, taken: taken === 1 };
}

/** Whether it is not known that this key is the one that goes on. */
export function isUndecided(offer: KeyOffer | null, { publicKey }: LogSigner): boolean {
  return offer !== null && !(offer.taken && offer.device === publicKey.thumbprint);
}

/** The log must be closed meanwhile, so that nothing is sequenced. Throws LogError where it is not the old key's. */
export async function offerKey(tx: OutboxTx, { old, next, admit, clock, bootId }: Offering): Promise<KeyOffer> {
  const state = await readState(tx, OUTBOX_TABLES);
  const origin = outboxOrigin(old.publicKey.thumbprint);
  if (state === null || state.origin !== origin) throw new LogError('another_origin', 'the log is not of the old key');
  if ((await readOffer(tx)) !== null) throw new LogError('closed', 'its key is being changed already');
  const stored = { epoch: toWholeNumber(state.epoch), size: toWholeNumber(state.size), checkpoint: state.checkpoint };
  const device = next.publicKey.thumbprint;
  const handedOver = { ...ofDesktop(clock.now()), kind: 'log.key_handed_over', data: { newDevice: device } } as const;
  await writeIntake(tx, [handedOver], { origin, epoch: stored.epoch, bootId });
  const sequence = intakeSequencer({ tables: OUTBOX_TABLES, origin, signer: old, admit }, () => Promise.resolve());
  let head = await readHead(tx, stored, { tables: OUTBOX_TABLES, origin, publicKey: old.publicKey });
  for (let step = { head, sequenced: MAX_RECORDS_A_STEP }; step.sequenced === MAX_RECORDS_A_STEP; head = step.head)
    step = await sequence(tx, head);
  const { size } = head.frontier;
  const note = signCheckpoint({ origin, size, root: rootOf(head.frontier) }, old, next);
  const oldKey = old.publicKey.pem;
  await sql`
    insert into outbox_key_offer (id, device, origin, epoch, size, note, old_key, taken)
    values (${ID}, ${device}, ${origin}, ${stored.epoch}, ${size}, ${note}, ${oldKey}, 0)
  `.execute(tx);
  return { device, origin, epoch: stored.epoch, size, note, oldKey, taken: false };
}

/** The broker has the whole log before and took the key: nothing is owed of it. */
export async function takeKey(tx: OutboxTx, parts: EpochParts): Promise<void> {
  const offer = await readOffer(tx);
  const head = offer === null ? null : readUnverified(offer.note);
  if (offer === null || head === null || offer.device !== parts.signer.publicKey.thumbprint)
    throw new LogError('closed', 'this key was not offered');
  if (offer.taken) return;
  const next = {
    code: 'key_changed',
    epoch: 1 + (await lastEpoch(tx, outboxOrigin(offer.device))),
    witnessed: { epoch: offer.epoch, size: head.size, root: head.root.toString('base64') },
    carryFrom: null,
    except: new Set<string>(),
  } as const;
  await startEpoch(tx, next, parts, { checkpoint: offer.note, key: offer.oldKey });
  await sql`update outbox_key_offer set taken = 1`.execute(tx);
}

type Kept = { readonly origin: string; readonly epoch: number; readonly bootId: string; readonly nowMs: EpochMs };

export async function keepKey(tx: OutboxTx, code: string, { nowMs, ...source }: Kept): Promise<void> {
  const offer = await readOffer(tx);
  if (offer === null) return;
  if (offer.taken) throw new LogError('closed', 'the log goes on under the other key already');
  const data = { newDevice: offer.device, code };
  await writeIntake(tx, [{ ...ofDesktop(nowMs), outcome: 'failure', kind: 'log.key_kept', data }], source);
  await forgetOffer(tx);
}

/** Once the keychain has the key that goes on, and no other. */
export async function forgetOffer(tx: OutboxTx): Promise<void> {
  await sql`delete from outbox_key_offer`.execute(tx);
}
