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
import type { NextEpoch, SignedLog } from './outbox.ts';
import { isPrunedFrom } from './pruned-ids.ts';

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

/** Refuses (`receiver_contradicts`) a receiver whose word is not under this device's own signature. */
export async function recover(
  db: Db,
  client: AuditClient,
  { log, cursor, known }: Situation,
): Promise<Result<Recovery, 'receiver_contradicts'>> {
  const { epoch, next, checkpoint } = known;
  // A receiver that lost everything gets everything, in a new epoch where some of it is in old ones.
  if (checkpoint === null && next !== 0) return err('receiver_contradicts');
  const root0 = await rootText(db, 0);
  if (checkpoint === null)
    return ok(
      log.epoch === FIRST_EPOCH && !(await isPrunedFrom(db, log, 0))
        ? { kind: 'go_on', next, root: root0 }
        : anew(log, root0),
    );
  const signed = openCheckpoint(checkpoint, log.signer.publicKey);
  if (!signed.ok || signed.value.origin !== log.origin || signed.value.size !== next)
    return err('receiver_contradicts');
  const root = signed.value.root.toString('base64');
  const isOurs = epoch === log.epoch && next <= log.size() && (await rootText(db, next)) === root;
  // What was pruned cannot be given again in its place: the rest follows in an epoch that names what is there.
  const isWhole = !isOurs || !(await isPrunedFrom(db, log, next));
  if (isOurs && isWhole) return ok({ kind: 'go_on', next, root });
  const code: EpochReason = !isOurs && epoch === log.epoch && next <= log.size() ? 'forked' : 'restored';
  const carryFrom =
    epoch < log.epoch ? { epoch, sequence: next } : { epoch: log.epoch, sequence: Math.min(cursor, next) };
  return ok({
    kind: 'new_epoch',
    epoch: {
      code,
      epoch: Math.max(epoch, log.epoch) + 1,
      witnessed: { epoch, size: next, root },
      carryFrom,
      // What was carried over once may stand in an epoch that the receiver has and again in one that it lost.
      except: await idsThere(client, log, {
        from: epoch < log.epoch ? { epoch: FIRST_EPOCH, sequence: 0 } : carryFrom,
        newest: epoch,
      }),
    },
  });
}

function anew(log: SignedLog, root: string): Recovery {
  const witnessed = { epoch: log.epoch, size: 0, root };
  const carryFrom = { epoch: FIRST_EPOCH, sequence: 0 };
  return {
    kind: 'new_epoch',
    epoch: { code: 'restored', epoch: log.epoch + 1, witnessed, carryFrom, except: new Set() },
  };
}

async function rootText(db: Db, size: number): Promise<string> {
  return (await rootAt(db, size)).toString('base64');
}

type Stretch = { readonly from: NextEpoch['carryFrom']; readonly newest: number };

/** Ids of what the receiver has from there on: what was carried over once may be there in a later epoch too. */
async function idsThere(client: AuditClient, log: SignedLog, { from, newest }: Stretch): Promise<Set<string>> {
  const ids = new Set<string>();
  for (let epoch = from.epoch; epoch <= newest; epoch += 1) {
    let after: number | null = epoch === from.epoch ? from.sequence - 1 : -1;
    while (after !== null) {
      const page = await client.records({ origin: log.origin, epoch, after, limit: 1000 });
      // Epochs may be skipped.
      if (!page.ok && page.error.code === 'not_found') break;
      if (!page.ok) throw new Error(`the receiver does not show its records: ${page.error.code}`);
      for (const { uid } of page.value.records) if (uid !== undefined) ids.add(uid);
      after = page.value.next;
    }
  }
  return ids;
}
