// What to do when the receiver knows this log otherwise than we do: go on where it says, or in a new epoch. What it
// says of us is believed only under our own signature.
import { openCheckpoint } from '#shared/audit/checkpoint.ts';
import type { KnownLog } from '#shared/contracts/audit-api.ts';
import type { EpochReason } from '#shared/domain/outbox-data.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { Db } from '#shared/log/log-store.ts';
import { FIRST_EPOCH } from '#shared/log/open-state.ts';
import type { AuditClient } from './audit-client.ts';
import { rootAt } from './batch.ts';
import { addIdsOfEpoch, idsUnderOtherKeys } from './ids-there.ts';
import type { CarryFrom, NextEpoch, SignedLog } from './outbox.ts';

export type Recovery =
  /** The receiver has this log's first `next` records; `root` is their root, base64. */
  | { readonly kind: 'go_on'; readonly next: number; readonly root: string }
  | { readonly kind: 'new_epoch'; readonly epoch: NextEpoch };

export type Situation = {
  readonly log: SignedLog;
  /** What the receiver acknowledged of this epoch, as far as we remember. */
  readonly cursor: number;
  readonly known: KnownLog;
};

/**
 * An epoch begins with a restore or a fork, and its number is the one thing that no signature is over: a receiver could
 * name one after which no other fits any more.
 */
const MOST_EPOCHS_AHEAD = 100;

/** Refuses (`receiver_contradicts`) a receiver whose word is not under this device's own signature. */
export async function recover(
  db: Db,
  client: Pick<AuditClient, 'records'>,
  { log, cursor, known }: Situation,
): Promise<Result<Recovery, 'receiver_contradicts'>> {
  const { epoch, next, checkpoint, followed } = known;
  // A receiver that lost everything gets everything, in a new epoch where some of it is in old ones.
  if (checkpoint === null && next !== 0) return err('receiver_contradicts');
  if (Math.max(epoch, followed) > log.epoch + MOST_EPOCHS_AHEAD) return err('receiver_contradicts');
  const root0 = await rootText(db, 0);
  if (checkpoint === null)
    return ok(
      log.epoch === FIRST_EPOCH && followed === 0
        ? { kind: 'go_on', next, root: root0 }
        : { kind: 'new_epoch', epoch: await anew(db, client, { log, root: root0, followed }) },
    );
  const signed = openCheckpoint(checkpoint, log.signer.publicKey);
  if (!signed.ok || signed.value.origin !== log.origin || signed.value.size !== next)
    return err('receiver_contradicts');
  const root = signed.value.root.toString('base64');
  const isOurs = epoch === log.epoch && next <= log.size() && (await rootText(db, next)) === root;
  // A log of another key says that it follows this one, whose key is here all the same.
  if (isOurs && followed < epoch) return ok({ kind: 'go_on', next, root });
  const code: EpochReason = epoch === log.epoch && next <= log.size() ? 'forked' : 'restored';
  const carryFrom =
    epoch < log.epoch ? { epoch, sequence: next } : { epoch: log.epoch, sequence: Math.min(cursor, next) };
  return ok({
    kind: 'new_epoch',
    epoch: {
      code,
      epoch: Math.max(epoch, log.epoch, followed) + 1,
      witnessed: { epoch, size: next, root },
      carryFrom,
      // What was carried over once may stand in an epoch that the receiver has and again in one that it lost.
      except: new Set([
        ...(await idsThere(client, log, {
          from: epoch < log.epoch ? { epoch: FIRST_EPOCH, sequence: 0 } : carryFrom,
          newest: epoch,
        })),
        ...(await idsUnderOtherKeys(db, client, log.origin)),
      ]),
    },
  });
}

type Lost = { readonly log: SignedLog; readonly root: string; readonly followed: number };

async function anew(db: Db, client: Pick<AuditClient, 'records'>, { log, root, followed }: Lost): Promise<NextEpoch> {
  const witnessed = { epoch: log.epoch, size: 0, root };
  const carryFrom = { epoch: FIRST_EPOCH, sequence: 0 };
  const except = await idsUnderOtherKeys(db, client, log.origin);
  return { code: 'restored', epoch: Math.max(log.epoch, followed) + 1, witnessed, carryFrom, except };
}

async function rootText(db: Db, size: number): Promise<string> {
  return (await rootAt(db, size)).toString('base64');
}

type Stretch = { readonly from: CarryFrom; readonly newest: number };

/** Ids of what the receiver has from there on: what was carried over once may be there in a later epoch too. */
async function idsThere(
  client: Pick<AuditClient, 'records'>,
  log: SignedLog,
  { from, newest }: Stretch,
): Promise<Set<string>> {
  const ids = new Set<string>();
  for (let epoch = from.epoch; epoch <= newest; epoch += 1)
    await addIdsOfEpoch(client, { origin: log.origin, epoch, from: epoch === from.epoch ? from.sequence : 0 }, ids);
  return ids;
}
