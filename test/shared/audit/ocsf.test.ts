import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OCSF_CLASSES, OCSF_MAP, typeUid } from '#shared/audit/ocsf-map.ts';
import { MAX_WRITTEN_BYTES, placeRecord, RecordTooLarge, unplacedRecord } from '#shared/audit/record.ts';
import { readRecord } from '#shared/audit/record-fields.ts';
import { EVENT_MESSAGES } from '#shared/audit/event-messages.ts';
import type { AuditEvent } from '#shared/domain/audit-event.ts';
import { SAMPLES } from '#test/broker/ledger/sample-events.ts';
import { arbitraryOf } from '#test/support/arbitrary-data.ts';
import { EVERY_EVENT, EVERY_KIND } from '#test/support/every-event.ts';
import { ocsfProblems } from '#test/support/ocsf.ts';
import { recordProblems } from '#test/support/record-problems.ts';
import { readEventTypes } from '../../../build/audit-events/read-types.ts';

const TYPES = new Map(readEventTypes().map((type) => [type.name, type]));
const source = { origin: 'daypass.ledger/test', epoch: 1, bootId: 'boot_1' };
const parts = { uid: 'evt_1', salt: 'c2FsdHNhbHRzYWx0c2FsdA', sealed: null };
const written = (event: AuditEvent): string => placeRecord(unplacedRecord(event, source, parts), 12);
const parsed = (event: AuditEvent): Record<string, unknown> => JSON.parse(written(event));

describe('every kind of event', () => {
  it('that is declared has a sample, an OCSF class and a message, and no other has', () => {
    const declared = [...TYPES.keys()].sort();
    expect(EVERY_KIND.map(({ kind }) => kind).sort()).toEqual(declared);
    expect(Object.keys(OCSF_MAP).sort()).toEqual(declared);
    expect(Object.keys(EVENT_MESSAGES).sort()).toEqual(declared);
  });

  it.each(EVERY_EVENT.map((event) => [event.kind, event.outcome, event] as const))(
    '%s (%s) is a valid OCSF 1.8.0 record and says who and what it is about',
    (kind, outcome, event) => {
      const record = parsed(event);
      expect(recordProblems(written(event))).toEqual([]);
      expect(record['class_uid']).toBe(OCSF_CLASSES[OCSF_MAP[kind].ocsfClass].classUid);
      expect(record).toMatchObject({ type_uid: typeUid(OCSF_MAP[kind]), message: EVENT_MESSAGES[kind] });
      expect(record['status_id'] === 2).toBe(outcome === 'failure');
      expect(JSON.stringify(record)).not.toContain('"unknown"');
    },
  );

  it('says in one short sentence what happened', () => {
    for (const message of Object.values(EVENT_MESSAGES)) expect(message).toMatch(/^[A-Z][^.]{10,88}\.$/);
    expect(new Set(Object.values(EVENT_MESSAGES)).size).toBe(EVERY_KIND.length);
  });
});

const ID = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
const MAYBE_ID = fc.option(ID);
const common = fc.record({
  atMs: fc.integer({ min: Date.UTC(2024, 0), max: Date.UTC(2060, 0) }),
  actor: fc.oneof(fc.constantFrom('broker', 'desktop'), ID),
  subject: MAYBE_ID,
  resource: fc.option(ID.map((name) => `dataset:${name}`)),
  requestId: MAYBE_ID,
  grantId: MAYBE_ID,
  outcome: fc.constantFrom('success', 'failure'),
});

describe('whatever its type allows as data', () => {
  it.each(EVERY_KIND.map(({ kind }) => kind))(
    '%s keeps to its class, and what it is filtered by is read back',
    (kind) => {
      const data = arbitraryOf(TYPES.get(kind)?.shape ?? { kind: 'null' });
      fc.assert(
        fc.property(common, data, (about, some) => {
          // The arbitrary is made of the declared type of this kind's data.
          const event = { ...about, kind, data: some } as AuditEvent;
          const text = writtenOrTooLarge(event);
          if (text === null) return;
          expect(ocsfProblems(JSON.parse(text))).toEqual([]);
          const {
            kind: _kind,
            data: _data,
            outcome: _outcome,
            personal: _personal,
            ...filtered
          } = { personal: null, ...event };
          expect(readRecord(text)).toMatchObject({ ...filtered, kind, sequence: 12 });
        }),
        { numRuns: 25 },
      );
    },
  );
});

/** Null where it is refused for its size, and then its size is over the limit. */
function writtenOrTooLarge(event: AuditEvent): string | null {
  try {
    return written(event);
  } catch (error) {
    if (!(error instanceof RecordTooLarge)) throw error;
    expect(error.bytes).toBeGreaterThan(MAX_WRITTEN_BYTES);
    return null;
  }
}

describe('the check itself', () => {
  const issued = parsed(SAMPLES['grant.issued']);
  const metadata = issued['metadata'] as Record<string, unknown>;
  const without = (name: string): Record<string, unknown> =>
    Object.fromEntries(Object.entries(issued).filter(([key]) => key !== name));

  it.each([
    ['a missing attribute', without('user'), 'user_access.user is required'],
    ['an attribute of no class', { ...issued, colour: 'red' }, 'user_access.colour is unknown'],
    ['an attribute of another class', { ...issued, app: { name: 'x' } }, 'user_access.app is unknown'],
    [
      'an attribute of an object that it does not have',
      { ...issued, user: { uid: 'a', age: 3 } },
      'user_access.user.age is unknown',
    ],
    [
      'a profile that is not named',
      { ...issued, metadata: { ...metadata, profiles: [] } },
      'user_access.actor is unknown',
    ],
    ['a profile that is not ours', { ...issued, action_id: 1 }, 'user_access.action_id is unknown'],
    [
      'an enum id that it does not have',
      { ...issued, severity_id: 12 },
      'user_access.severity_id is 12, not one of its values',
    ],
    [
      'an id that is "other" without a word',
      { ...issued, status_id: 99 },
      'user_access.status_id is 99 and status does not say what',
    ],
    [
      'a word that contradicts its id',
      { ...issued, status: 'Failure' },
      'user_access.status is "Failure", its id means Success',
    ],
    [
      'an object with none of what it needs',
      { ...issued, user: { type_id: 1 } },
      'user_access.user needs one of account, name, uid',
    ],
    ['a list that is none', { ...issued, privileges: 'read' }, 'user_access.privileges is no filled list'],
    ['an empty list', { ...issued, privileges: [] }, 'user_access.privileges is no filled list'],
    ['a wrong item of a list', { ...issued, privileges: [7] }, 'user_access.privileges[0] is no string_t: 7'],
    ['a number as text', { ...issued, severity_id: '1x' }, 'user_access.severity_id is 1x, not one of its values'],
    ['seconds for milliseconds', { ...issued, time: 1_795_305_600 }, 'user_access.time is no timestamp_t: 1795305600'],
    ['an empty text', { ...issued, message: '' }, 'user_access.message is no string_t: ""'],
    ['a type_uid of another activity', { ...issued, type_uid: 300_502 }, 'user_access.type_uid is 300502'],
    ['another category', { ...issued, category_uid: 6 }, 'user_access.category_uid is 6'],
    ['something else under unmapped', { ...issued, unmapped: 'text' }, 'user_access.unmapped is no object'],
    ['a class that nobody uses', { ...issued, class_uid: 1001 }, 'no class 1001'],
  ])('notices %s', (_what, record, problem) => {
    expect(ocsfProblems(record).find((found) => found.startsWith(problem))).toBeDefined();
  });

  it('lets anything under unmapped pass', () => {
    expect(ocsfProblems({ ...issued, unmapped: { anything: [{ deep: null }] } })).toEqual([]);
  });
});
