// Brings an offered key to the broker: first what it lacks of the log that ends, under the old key, then the note that
// both signed, under the new one. Again is the same, so whoever got no answer asks again.
import { logHashes, subtreeReader } from '#shared/log/tree-reading.ts';
import { consistencyProof } from '#shared/audit/proof.ts';
import type { LogSigner } from '#shared/audit/log-key.ts';
import type { BrokerClient } from '#shared/client/broker-client.ts';
import type { Problem } from '#shared/contracts/problem.ts';
import { deviceOfOrigin } from '#shared/domain/outbox-origin.ts';
import type { Db } from '#shared/log/log-store.ts';
import { nextBatch, type SentLog } from './batch.ts';
import type { KeyOffer } from './outbox.ts';
import { readKnown } from './sync-row.ts';
import { OUTBOX_TABLES } from './tables.ts';

export type Brought =
  | { readonly kind: 'taken' }
  /** The broker says no, and nothing changed there. */
  | { readonly kind: 'refused'; readonly code: string }
  /** It may have changed there. */
  | { readonly kind: 'unknown'; readonly code: string };

export type Bringing = {
  readonly db: Db;
  readonly offer: KeyOffer;
  readonly old: { readonly signer: LogSigner; readonly client: Pick<BrokerClient, 'appendAudit'> };
  readonly next: Pick<BrokerClient, 'changeDeviceKey'>;
};

export async function bringKey({ db, offer, old, next }: Bringing): Promise<Brought> {
  const sent = await sendRest(db, offer, old);
  if (sent !== null) return sent;
  const replaces = deviceOfOrigin(offer.origin);
  if (replaces === null) return { kind: 'refused', code: 'not_found' };
  const answer = await next.changeDeviceKey({ replaces, checkpoint: offer.note });
  return answer.ok ? { kind: 'taken' } : said(answer.error);
}

/** Null when the broker has all of it, or takes nothing by the old key any more: then it took the next one. */
async function sendRest(db: Db, offer: KeyOffer, { signer, client }: Bringing['old']): Promise<Brought | null> {
  const log = sentLog(db, offer, signer);
  let from = (await readKnown(db, offer)).cursor;
  while (from < offer.size) {
    const { body, size } = await nextBatch(db, log, from);
    const answer = await client.appendAudit(body);
    if (answer.ok) {
      if (answer.value.next < size) return { kind: 'refused', code: 'receiver_contradicts' };
      from = size;
      continue;
    }
    const { code, known } = answer.error;
    if (code === 'invalid_device_proof') return null;
    // It has less than it said, or another log than this: that is for the sync to settle, under the old key.
    return known === undefined ? said(answer.error) : { kind: 'refused', code };
  }
  return null;
}

/** Only a plain no says that nothing changed: who is not asked by the right person, or too often, knows nothing. */
function said({ code }: Problem): Brought {
  const isNo = code === 'state_conflict' || code === 'invalid_checkpoint';
  return { kind: isNo ? 'refused' : 'unknown', code };
}

function sentLog(db: Db, { origin, epoch, size }: KeyOffer, signer: LogSigner): SentLog {
  const hashOf = subtreeReader(logHashes(db, OUTBOX_TABLES));
  return {
    origin,
    epoch,
    signer,
    size: () => size,
    consistencyProof: async (from, to) =>
      (await consistencyProof(from, to, hashOf))?.map((hash) => hash.toString('base64')) ?? null,
  };
}
