import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { OCSF_MAP, typeUid } from '#shared/audit/ocsf-map.ts';
import { MAX_RECORD_BYTES, placeRecord, RecordTooLarge, unplacedRecord } from '#shared/audit/record.ts';
import { readRecord } from '#shared/audit/record-fields.ts';
import { canonicalJson } from '#shared/audit/canonical.ts';
import type { AuditEvent, LedgerKind } from '#shared/domain/audit-event.ts';
import { EVERY_EVENT } from '#test/support/every-event.ts';
import { SAMPLES } from './sample-events.ts';

const VECTORS = path.join(import.meta.dirname, '../../vectors/audit');
const source = { origin: 'daypass.ledger/test', epoch: 1, bootId: 'boot_1' };
const parts = { uid: 'evt_1', salt: 'c2FsdHNhbHRzYWx0c2FsdA', sealed: null };

const written = (event: AuditEvent): string => placeRecord(unplacedRecord(event, source, parts), 12);
const parsed = (event: AuditEvent): Record<string, unknown> => JSON.parse(written(event));

describe('a record', () => {
  it.each([
    ['request.submitted', 300_401],
    ['request.decided', 300_403],
    ['config.changed', 300_403],
    ['grant.issued', 300_501],
    ['grant.ended', 300_502],
    ['use.started', 600_302],
    ['broker.started', 600_203],
    ['app.started', 600_203],
    ['clipboard.copied', 300_402],
    ['wipe.done', 300_404],
  ] as const)('of %s has type_uid %i', (kind, expected) => {
    expect(typeUid(OCSF_MAP[kind])).toBe(expected);
  });

  it('of a changed policy names entity type 5, of a changed catalog does not', () => {
    const catalog = SAMPLES['config.changed'];
    const policies = { ...catalog, data: { ...catalog.data, part: 'policies' as const } };
    expect(parsed(policies)['entity']).toMatchObject({ type_id: 5 });
    expect(parsed(catalog)['entity']).toMatchObject({ type_id: 99 });
  });

  it('is canonical JSON at every place in the log', () => {
    for (const event of EVERY_EVENT) {
      const unplaced = unplacedRecord(event, source, parts);
      for (const sequence of [0, 9, 1_000_000]) {
        const text = placeRecord(unplaced, sequence);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(readRecord(text)).toMatchObject({
          sequence,
          kind: event.kind,
          actor: event.actor,
          grantId: event.grantId,
        });
      }
    }
  });

  it('cannot be given another place by words that look like the place', () => {
    const forged = { ...SAMPLES['request.closed'], subject: `x","sequence":${Number.MAX_SAFE_INTEGER},"y":"` };
    expect(readRecord(written(forged))).toMatchObject({ sequence: 12, subject: forged.subject });
  });

  it('of 8 KiB is written, of one byte more is refused by name', () => {
    const event = (length: number): AuditEvent => ({ ...SAMPLES['key.retired'], data: { keyId: 'k'.repeat(length) } });
    const spare =
      MAX_RECORD_BYTES -
      Buffer.byteLength(placeRecord(unplacedRecord(event(0), source, parts), Number.MAX_SAFE_INTEGER));
    const half = Math.floor(spare / 2);
    expect(() => unplacedRecord(event(half), source, parts)).not.toThrow();
    expect(() => unplacedRecord(event(half + 1), source, parts)).toThrow(RecordTooLarge);
  });

  it('of the first form, before messages and profiles, is still read', () => {
    const [wipe, grant] = readFileSync(path.join(VECTORS, 'first-records.jsonl'), 'utf8').trimEnd().split('\n');
    expect(readRecord(wipe ?? '')).toMatchObject({
      kind: 'wipe.done',
      sequence: 12,
      actor: 'desktop',
      grantId: 'grt_1',
    });
    expect(readRecord(grant ?? '')).toMatchObject({ kind: 'grant.issued', sequence: 13, actor: 'sub_ana', epoch: 1 });
  });

  it('never holds what people wrote in clear', () => {
    const kinds: LedgerKind[] = ['request.submitted', 'approval.answered'];
    for (const kind of kinds) expect(written(SAMPLES[kind])).not.toMatch(/bill lengths|fine for today/);
  });
});
