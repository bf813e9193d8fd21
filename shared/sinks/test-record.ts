// The record that says that it is a test: shaped like the others, so that a receiver treats it like them, but of a kind
// and a log name that no log has, and outside of every tree.
import { canonicalJson } from '../audit/canonical.ts';
import { OCSF_CLASSES, OCSF_VERSION } from '../audit/ocsf-map.ts';
import { random128 } from '../audit/random.ts';
import type { EpochMs } from '../domain/time.ts';
import type { SourcedRecord } from './sinks.ts';

export const TEST_KIND = 'sink.test';
export const TEST_LOG = 'daypass.test';

const READ = 2;
const OTHER = 99;
const INFORMATIONAL = 1;

/** A new one each time: a receiver that drops repeats must not drop it. `program`: who asks. */
export function testRecord(sink: string, program: string, nowMs: EpochMs): SourcedRecord {
  const uid = `test_${random128()}`;
  const { classUid, categoryUid } = OCSF_CLASSES.entity_management;
  const canonical = canonicalJson({
    activity_id: READ,
    actor: { app_name: program },
    category_uid: categoryUid,
    class_uid: classUid,
    entity: { type: 'Sink', type_id: OTHER, uid: sink },
    message: 'A test of the delivery. Nothing happened.',
    metadata: {
      event_code: TEST_KIND,
      log_name: TEST_LOG,
      product: { name: 'Daypass', vendor_name: 'Daypass' },
      uid,
      version: OCSF_VERSION,
    },
    severity_id: INFORMATIONAL,
    status_id: 1,
    time: nowMs,
    type_uid: classUid * 100 + READ,
    unmapped: { epoch: 0, origin: TEST_LOG, test: true },
  });
  return { at: { origin: TEST_LOG, epoch: 0, sequence: 0 }, uid, canonical };
}
