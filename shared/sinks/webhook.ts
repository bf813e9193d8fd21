// A sink that is called by a signed POST (standardwebhooks.com, version 1). The same batch has the same id in each
// attempt; the newest checkpoint travels along, so that its receiver holds what a rewritten log cannot deny.
import { createHash, createHmac } from 'node:crypto';
import { formatInstant, type Clock } from '../domain/time.ts';
import { judgeAnswer } from './judge-answer.ts';
import type { Sender } from './send.ts';
import type { Batch, Target } from './target.ts';
import { TEST_LOG } from './test-record.ts';

export const RECORDS_TYPE = 'audit.records';
export const TEST_TYPE = 'audit.test';

const SECRET = /^whsec_([A-Za-z0-9+/]+={0,2})$/;

/** The key of a secret as Standard Webhooks writes it: 24 to 64 bytes. Null: it is none. */
export function webhookKey(secret: string): Buffer | null {
  const [, encoded] = SECRET.exec(secret) ?? [];
  if (encoded === undefined) return null;
  const key = Buffer.from(encoded, 'base64');
  return key.length >= 24 &&
    key.length <= 64 &&
    key.toString('base64').replace(/=+$/, '') === encoded.replace(/=+$/, '')
    ? key
    : null;
}

export type WebhookOptions = { readonly sender: Sender; readonly clock: Clock; readonly key: Uint8Array };

export function webhookTarget({ sender, clock, key }: WebhookOptions): Target {
  return {
    most: { records: 100, bytes: 128 * 1024 },
    async send(batch, signal) {
      const nowMs = clock.now();
      const id = deliveryId(batch);
      const timestamp = String(Math.floor(nowMs / 1000));
      const body = JSON.stringify(payload(batch, formatInstant(nowMs)));
      const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
      const headers = {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': `v1,${signature}`,
      };
      const sent = await sender.post({ headers, body: Buffer.from(body), readAnswer: false }, signal);
      return judgeAnswer(sent, clock.now());
    },
    close: sender.close,
  };
}

function payload({ records, checkpoint }: Batch, timestamp: string): object {
  const log = records[0]?.at.origin ?? '';
  return {
    type: log === TEST_LOG ? TEST_TYPE : RECORDS_TYPE,
    timestamp,
    // As text: the hash of a record's leaf is that of exactly these bytes.
    data: { log, records: records.map(({ canonical }) => canonical), checkpoint },
  };
}

/** Of what is in it: the same records have the same id, whoever sends them and when. */
function deliveryId({ records }: Batch): string {
  const hash = createHash('sha256');
  for (const { uid, at } of records) hash.update(`${at.origin} ${at.epoch} ${at.sequence} ${uid}\n`);
  return `msg_${hash.digest('base64url')}`;
}
