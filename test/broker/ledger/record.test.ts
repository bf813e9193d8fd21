import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { OCSF_MAP, typeUid } from '#shared/audit/ocsf-map.ts';
import {
  MAX_RECORD_BYTES,
  MAX_WRITTEN_BYTES,
  placeRecord,
  RecordTooLarge,
  renameRecord,
  unplacedRecord,
} from '#shared/audit/record.ts';
import { readRecord } from '#shared/audit/record-fields.ts';
import { canonicalJson } from '#shared/audit/canonical.ts';
import { submitBodySchema } from '#shared/contracts/broker-api.ts';
import { sealText, SEAL_KEY_BYTES } from '#shared/audit/seal.ts';
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

  it('as large as it may be is written, of one byte more is refused by name', () => {
    const event = (length: number): AuditEvent => ({ ...SAMPLES['key.retired'], data: { keyId: 'k'.repeat(length) } });
    const spare =
      MAX_WRITTEN_BYTES -
      Buffer.byteLength(placeRecord(unplacedRecord(event(0), source, parts), Number.MAX_SAFE_INTEGER));
    const half = Math.floor(spare / 2);
    expect(() => unplacedRecord(event(half), source, parts)).not.toThrow();
    expect(() => unplacedRecord(event(half + 1), source, parts)).toThrow(RecordTooLarge);
  });

  it('as large as it may be can still be read when its log goes on under the longest later name', () => {
    const name = { origin: `daypass.ledger/${'t'.repeat(43)}`, epoch: 1 };
    const later = { origin: `${name.origin}/999999999.AAAAAAAA`, epoch: 999_999_999 };
    const event = (length: number): AuditEvent => ({ ...SAMPLES['key.retired'], data: { keyId: 'k'.repeat(length) } });
    const write = (length: number) => unplacedRecord(event(length), { ...source, ...name }, parts);
    const spare = MAX_WRITTEN_BYTES - Buffer.byteLength(placeRecord(write(0), Number.MAX_SAFE_INTEGER));
    const largest = write(Math.floor(spare / 2));
    const renamed = placeRecord(renameRecord(largest, later), Number.MAX_SAFE_INTEGER);
    expect(Buffer.byteLength(renamed)).toBeLessThanOrEqual(MAX_RECORD_BYTES);
    expect(readRecord(renamed)).toMatchObject({ origin: later.origin, epoch: later.epoch });
  });

  it('of a change of ten thousand datasets has a part of their names, and says that it is a part', () => {
    const changed = SAMPLES['config.changed'];
    const added = Array.from({ length: 10_000 }, (_, index) => `dataset:a-name-of-some-length-${index}`);
    const text = written({ ...changed, data: { ...changed.data, added } });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_WRITTEN_BYTES);
    expect(canonicalJson(JSON.parse(text))).toBe(text);
    const { metadata, unmapped } = JSON.parse(text);
    expect(metadata).toMatchObject({ is_truncated: true, untruncated_size: expect.any(Number) });
    expect(metadata.untruncated_size).toBeGreaterThan(300_000);
    expect(unmapped.data.added).toEqual([...added.slice(0, 100), '… and 9900 more']);
    expect(unmapped.data).toMatchObject({ toHash: changed.data.toHash, removed: [], changed: [] });
  });

  it('is counted in bytes, also when it is cut, and never cut within a character', () => {
    const wide: AuditEvent = { ...SAMPLES['key.retired'], data: { keyId: '漢'.repeat(1500) } };
    expect(() => unplacedRecord(wide, source, parts)).toThrow(RecordTooLarge);
    const changed = SAMPLES['config.changed'];
    // The 199th character is the first half of one.
    const added = Array.from({ length: 300 }, () => `${'漢'.repeat(198)}😀${'x'.repeat(20)}`);
    const text = written({ ...changed, data: { ...changed.data, added } });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_WRITTEN_BYTES);
    expect(canonicalJson(JSON.parse(text))).toBe(text);
  });

  it('of the longest request that the API takes is whole', () => {
    const longest = '漢'.repeat(2000);
    const words = submitBodySchema.shape.justification;
    const most = Array.from({ length: 2001 }, (_, index) => longest.slice(0, 2000 - index)).find(
      (text) => words.safeParse(text).success,
    );
    const sealed = sealText(
      new Uint8Array(SEAL_KEY_BYTES),
      { justification: most ?? '', ticket: '漢'.repeat(120) },
      'evt',
    );
    const id = (kind: string): string => `${kind}_${'A'.repeat(22)}`;
    const submitted = SAMPLES['request.submitted'];
    const unplaced = unplacedRecord(
      {
        ...submitted,
        actor: id('sub'),
        subject: id('sub'),
        requestId: id('req'),
        resource: `dataset:${'a'.repeat(63)}`,
        data: {
          ...submitted.data,
          actions: Array.from({ length: 16 }, () => 'a'.repeat(63)),
          purpose: 'p'.repeat(63),
          device: 'd'.repeat(43),
          startAtMs: submitted.atMs,
          extendsGrant: id('grt'),
          bundleId: 'b'.repeat(64),
        },
      },
      { origin: `daypass.ledger/${'t'.repeat(43)}/999.AAAAAAAA`, epoch: 999, bootId: id('boot') },
      { uid: id('evt'), salt: parts.salt, sealed: { key: id('key'), subject: id('sub'), text: sealed } },
    );
    expect(most?.length).toBeGreaterThan(1000);
    expect(placeRecord(unplaced, 0)).not.toContain('is_truncated');
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
