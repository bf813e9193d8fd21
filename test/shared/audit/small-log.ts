// A small signed log of real records, one a minute, as an export in a folder: what the specs of verification damage.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { signCheckpoint } from '#shared/audit/checkpoint.ts';
import { lineOf, writeExport } from '#shared/audit/export.ts';
import { brokerEvent } from '#broker/ledger/broker-event.ts';
import { type LogSigner, logSigner } from '#shared/audit/log-key.ts';
import { appendLeaves, EMPTY_FRONTIER, leafHash, rootOf } from '#shared/audit/merkle.ts';
import { placeRecord, unplacedRecord } from '#shared/audit/record.ts';
import { numberedEvent } from '#test/broker/ledger/sample-events.ts';

export const ORIGIN = 'daypass.ledger/sample';
export const START_MS = Date.UTC(2026, 10, 20, 8);
export const MINUTE = 60_000;

export const OWNER = logSigner(new Uint8Array(32).fill(7));
export const STRANGER = logSigner(new Uint8Array(32).fill(3));

/** `timesMs`: one record for each. `salt` makes another log of the same facts. */
export function recordsAt(timesMs: readonly number[], salt = 'c2FsdHNhbHRzYWx0c2FsdA'): string[] {
  const source = { origin: ORIGIN, epoch: 1, bootId: 'boot_1' };
  return timesMs.map((atMs, index) => {
    const parts = { uid: `evt_${index}`, salt, sealed: null };
    return placeRecord(unplacedRecord({ ...numberedEvent(index), atMs }, source, parts), index);
  });
}

/** The last record of a log of which so many bodies were pruned, none of them after `lastSequence`. */
export function prunedRecord(at: number, records: number, lastSequence: number): string {
  const source = { origin: ORIGIN, epoch: 1, bootId: 'boot_1' };
  const parts = { uid: 'evt_pruned', salt: 'c2FsdHNhbHRzYWx0c2FsdA', sealed: null };
  const event = brokerEvent('records.pruned', START_MS + at * MINUTE, { beforeMs: START_MS, records, lastSequence });
  return placeRecord(unplacedRecord(event, source, parts), at);
}

export function everyMinute(count: number): number[] {
  return Array.from({ length: count }, (_, index) => START_MS + index * MINUTE);
}

export function checkpointOf(lines: readonly string[], by: LogSigner = OWNER, origin = ORIGIN): string {
  const frontier = appendLeaves(
    EMPTY_FRONTIER,
    lines.map((line) => leafHash(Buffer.from(line))),
  );
  return signCheckpoint({ origin, size: lines.length, root: rootOf(frontier) }, by);
}

/** Signs whatever the lines are: what somebody with the key could do. */
export async function exportLines(folder: string, lines: readonly string[], by: LogSigner = OWNER): Promise<void> {
  const checkpoint = checkpointOf(lines, by);
  await writeExport({ folder, lines: pagesOf(lines), checkpoint, publicKeyPem: by.publicKey.pem });
}

async function* pagesOf(lines: readonly string[]) {
  yield await Promise.resolve(lines.map(lineOf));
}

export const readLog = (folder: string): string[] =>
  readFileSync(join(folder, 'log.jsonl'), 'utf8').trimEnd().split('\n');

export const writeLog = (folder: string, lines: readonly string[]): void =>
  writeFileSync(join(folder, 'log.jsonl'), lines.map((line) => `${line}\n`).join(''));

export const pruned = (line: string): string => `{"leaf":"${leafHash(Buffer.from(line)).toString('base64')}"}`;
