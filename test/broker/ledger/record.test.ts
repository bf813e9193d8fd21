import { describe, expect, it } from 'vitest';
import { OCSF_CLASSES, OCSF_MAP, typeUid } from '#shared/audit/ocsf-map.ts';
import { MAX_RECORD_BYTES, placeRecord, RecordTooLarge, unplacedRecord } from '#shared/audit/record.ts';
import { readRecord } from '#shared/audit/record-fields.ts';
import { canonicalJson } from '#shared/audit/canonical.ts';
import type { AuditEvent, LedgerKind } from '#shared/domain/audit-event.ts';
import rules from '#test/vectors/audit/ocsf-1.8.0-trimmed.json' with { type: 'json' };
import { ocsfProblems } from './ocsf-rules.ts';
import { OUTBOX_SAMPLES } from '#test/shared/log/outbox-samples.ts';
import { ALL_SAMPLES, NOW_MS, SAMPLES } from './sample-events.ts';

const EVERY_SAMPLE: readonly AuditEvent[] = [...ALL_SAMPLES, ...Object.values(OUTBOX_SAMPLES)];
const source = { origin: 'daypass.ledger/test', epoch: 1, bootId: 'boot_1' };
const parts = { uid: 'evt_1', salt: 'c2FsdHNhbHRzYWx0c2FsdA', sealed: null };

const written = (event: AuditEvent): string => placeRecord(unplacedRecord(event, source, parts), 12);
const parsed = (event: AuditEvent): Record<string, unknown> => JSON.parse(written(event));

describe('a record', () => {
  it.each(EVERY_SAMPLE.map((event) => [event.kind, event] as const))(
    'of %s keeps the rules of its OCSF class',
    (kind, event) => {
      const record = parsed(event);
      const { ocsfClass } = OCSF_MAP[kind];
      expect(ocsfProblems(ocsfClass, record)).toEqual([]);
      expect(record['class_uid']).toBe(OCSF_CLASSES[ocsfClass].classUid);
      expect(record['class_uid']).toBe(OCSF_CLASSES[ocsfClass].categoryUid * 1000 + rules.classes[ocsfClass].uid);
      expect(record['category_uid']).toBe(OCSF_CLASSES[ocsfClass].categoryUid);
      expect(record['type_uid']).toBe(Number(record['class_uid']) * 100 + Number(record['activity_id']));
      expect(record['status_id']).toBe(event.outcome === 'success' ? 1 : 2);
      expect(record['time']).toBe(NOW_MS);
      expect(record['metadata']).toMatchObject({
        version: '1.8.0',
        sequence: 12,
        event_code: kind,
        log_name: source.origin,
      });
    },
  );

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
    for (const event of EVERY_SAMPLE) {
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

  it('never holds what people wrote in clear', () => {
    const kinds: LedgerKind[] = ['request.submitted', 'approval.answered'];
    for (const kind of kinds) expect(written(SAMPLES[kind])).not.toMatch(/bill lengths|fine for today/);
  });
});

describe('the check itself', () => {
  it('notices a missing attribute, an unknown one, a wrong enum id and an empty object', () => {
    const record = parsed(SAMPLES['grant.issued']);
    expect(ocsfProblems('user_access', { ...record, user: undefined, extra: 1 })).not.toEqual([]);
    const { user: _user, ...without } = record;
    expect(ocsfProblems('user_access', without)).toEqual(['user_access.user is required']);
    expect(ocsfProblems('user_access', { ...record, activity_id: 7 })).toHaveLength(1);
    expect(ocsfProblems('user_access', { ...record, actor: {} })).toHaveLength(1);
  });
});
