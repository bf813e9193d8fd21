// A desktop's log in memory, made of the tree's own parts: signed batches for a broker, honest ones and others.
import { KeyObject } from 'node:crypto';
import { signCheckpoint } from '#shared/audit/checkpoint.ts';
import { type LogSigner, signerOf } from '#shared/audit/log-key.ts';
import { appendLeaves, EMPTY_FRONTIER, leafHash, rootOf } from '#shared/audit/merkle.ts';
import { consistencyProof } from '#shared/audit/proof.ts';
import { placeRecord, unplacedRecord } from '#shared/audit/record.ts';
import { joinSiblings } from '#shared/audit/subtree.ts';
import type { AppendBody } from '#shared/contracts/audit-api.ts';
import type { DeviceKey } from '#shared/device/device-proof.ts';
import type { OutboxEvent } from '#shared/domain/audit-event.ts';
import { outboxOrigin } from '#shared/domain/outbox-origin.ts';
import { numberedOutboxEvent } from '#test/shared/log/outbox-samples.ts';

export type DesktopLog = {
  readonly origin: string;
  readonly epoch: number;
  readonly signer: LogSigner;
  /** Canonical JSON of the records so far. */
  readonly records: readonly string[];
  readonly add: (...events: readonly OutboxEvent[]) => void;
  /** Signs what need not be a record. */
  readonly addText: (text: string) => void;
  readonly root: (size: number) => Buffer;
  readonly checkpoint: (size: number) => string;
  /** The records from one place up to, not including, another. */
  readonly batch: (from: number, to: number) => Promise<AppendBody>;
};

/** `salt` makes two logs of the same key and events differ. */
export function createDesktopLog(signer: LogSigner, { epoch = 1, salt = 'salt' } = {}): DesktopLog {
  const origin = outboxOrigin(signer.publicKey.thumbprint);
  const records: string[] = [];
  const leaves: Buffer[] = [];
  const root = (size: number): Buffer => rootOf(appendLeaves(EMPTY_FRONTIER, leaves.slice(0, size)));
  const checkpoint = (size: number): string => signCheckpoint({ origin, size, root: root(size) }, signer);
  const addText = (text: string): void => {
    records.push(text);
    leaves.push(leafHash(Buffer.from(text)));
  };
  return {
    origin,
    epoch,
    signer,
    records,
    add(...events) {
      for (const event of events) {
        const sequence = records.length;
        const parts = { uid: `evt_${salt}_${sequence}`, salt: `${salt}${sequence}`, sealed: null };
        const canonical = placeRecord(unplacedRecord(event, { origin, epoch, bootId: 'boot_test' }, parts), sequence);
        addText(canonical);
      }
    },
    addText,
    root,
    checkpoint,
    async batch(from, to) {
      const hashOf = ({ level, position }: { level: number; position: number }): Promise<Buffer> =>
        Promise.resolve(joinSiblings(leaves.slice(position * 2 ** level, (position + 1) * 2 ** level)));
      const consistency = (from === 0 ? [] : await consistencyProof(from, to, hashOf)) ?? [];
      return {
        origin,
        epoch,
        firstSeq: from,
        records: records.slice(from, to),
        checkpoint: checkpoint(to),
        consistency: consistency.map((hash) => hash.toString('base64')),
      };
    },
  };
}

export function signerOfDevice({ privateKey }: DeviceKey): LogSigner {
  return signerOf(KeyObject.from(privateKey));
}

export function numbered(from: number, to: number): readonly OutboxEvent[] {
  return Array.from({ length: to - from }, (_, index) => numberedOutboxEvent(from + index));
}

/** The first record of a device's log: the same one however often it is asked for. */
export function firstBatch(signer: LogSigner): AppendBody {
  const log = createDesktopLog(signer);
  log.add(numberedOutboxEvent(1));
  const { origin, epoch, records } = log;
  return { origin, epoch, firstSeq: 0, records: [...records], checkpoint: log.checkpoint(1), consistency: [] };
}
