// Which OCSF 1.8.0 class and activity each kind of event is, and how severe: the one place to look up or change that.
// What a class asks for beside is filled in ocsf-attributes.ts; what a record says in words is in event-messages.ts.
import type { AuditKind } from '../domain/audit-event.ts';

export const OCSF_VERSION = '1.8.0';

/** `actor` belongs to this profile in most classes, so records say that they keep to it. */
export const OCSF_PROFILES = ['host'] as const;

/** The four classes in use: their class_uid, and the category that it belongs to. */
export const OCSF_CLASSES = {
  entity_management: { classUid: 3004, categoryUid: 3 },
  user_access: { classUid: 3005, categoryUid: 3 },
  application_lifecycle: { classUid: 6002, categoryUid: 6 },
  api_activity: { classUid: 6003, categoryUid: 6 },
} as const;

/** What an entity-management event is about. */
export type EntityKind =
  | 'request'
  | 'config'
  | 'signing_key'
  | 'device'
  | 'credential'
  | 'local_copy'
  | 'clock'
  | 'keychain'
  | 'identity'
  | 'sign_in'
  | 'settings'
  | 'log'
  | 'finding'
  | 'change'
  | 'hold'
  | 'sink';

export type OcsfPlace =
  | { readonly ocsfClass: 'entity_management'; readonly activityId: number; readonly entity: EntityKind }
  | { readonly ocsfClass: 'user_access'; readonly activityId: 1 | 2 }
  | { readonly ocsfClass: 'application_lifecycle'; readonly activityId: 3 | 4 }
  | { readonly ocsfClass: 'api_activity'; readonly activityId: 2 };

const CREATE = 1;
const READ = 2;
const UPDATE = 3;
const DELETE = 4;
const ENROLL = 6;
const ENABLE = 8;
const DISABLE = 9;
const DEACTIVATE = 11;
const ASSIGN_PRIVILEGES = 1;
const REVOKE_PRIVILEGES = 2;
const START = 3;
const STOP = 4;

const decided = { ocsfClass: 'entity_management', activityId: UPDATE, entity: 'request' } as const;
const assigned = { ocsfClass: 'user_access', activityId: ASSIGN_PRIVILEGES } as const;
const revoked = { ocsfClass: 'user_access', activityId: REVOKE_PRIVILEGES } as const;
const copy = <A extends number>(activityId: A) =>
  ({ ocsfClass: 'entity_management', activityId, entity: 'local_copy' }) as const;
const log = <A extends number>(activityId: A) =>
  ({ ocsfClass: 'entity_management', activityId, entity: 'log' }) as const;
const change = <A extends number>(activityId: A) =>
  ({ ocsfClass: 'entity_management', activityId, entity: 'change' }) as const;
const hold = <A extends number>(activityId: A) =>
  ({ ocsfClass: 'entity_management', activityId, entity: 'hold' }) as const;
const sink = <A extends number>(activityId: A) =>
  ({ ocsfClass: 'entity_management', activityId, entity: 'sink' }) as const;
const used = { ocsfClass: 'api_activity', activityId: READ } as const;

export const OCSF_MAP: Readonly<Record<AuditKind, OcsfPlace>> = {
  'broker.started': { ocsfClass: 'application_lifecycle', activityId: START },
  'broker.stopped': { ocsfClass: 'application_lifecycle', activityId: STOP },
  // Whether it is the policies or the catalog is told apart in the record itself.
  'config.changed': { ocsfClass: 'entity_management', activityId: UPDATE, entity: 'config' },
  'config.refused': { ocsfClass: 'entity_management', activityId: UPDATE, entity: 'config' },
  'config.held': change(CREATE),
  'config.weakened': change(UPDATE),
  'erasure.proposed': change(CREATE),
  'change.answered': change(UPDATE),
  'change.closed': change(UPDATE),
  'subject.erased': { ocsfClass: 'entity_management', activityId: DELETE, entity: 'identity' },
  'records.pruned': log(DELETE),
  'audit.pruned': log(DELETE),
  'log.pruned': log(DELETE),
  'log.records_lost': log(READ),
  'words.pruned': log(DELETE),
  'hold.placed': hold(CREATE),
  'hold.release_proposed': hold(UPDATE),
  'hold.released': hold(DELETE),
  'finding.raised': { ocsfClass: 'entity_management', activityId: CREATE, entity: 'finding' },
  'finding.answered': { ocsfClass: 'entity_management', activityId: UPDATE, entity: 'finding' },
  'ledger.epoch_opened': log(CREATE),
  'sink.configured': sink(UPDATE),
  'sink.dead_lettered': sink(UPDATE),
  'sink.test_sent': sink(READ),
  'sink.dead_letters_resent': sink(UPDATE),
  'ledger.key_rotated': log(UPDATE),
  'ledger.heartbeat': log(UPDATE),
  'log.heartbeat': log(UPDATE),
  'log.key_handed_over': log(UPDATE),
  'log.key_taken_over': log(UPDATE),
  'log.key_kept': log(UPDATE),
  'key.published': { ocsfClass: 'entity_management', activityId: CREATE, entity: 'signing_key' },
  'key.retired': { ocsfClass: 'entity_management', activityId: DEACTIVATE, entity: 'signing_key' },
  'device.enrolled': { ocsfClass: 'entity_management', activityId: ENROLL, entity: 'device' },
  'device.key_changed': { ocsfClass: 'entity_management', activityId: UPDATE, entity: 'device' },
  'device.facts_changed': { ocsfClass: 'entity_management', activityId: UPDATE, entity: 'device' },
  'account.seen': { ocsfClass: 'entity_management', activityId: CREATE, entity: 'identity' },
  'account.changed': { ocsfClass: 'entity_management', activityId: UPDATE, entity: 'identity' },
  'person.disabled': { ocsfClass: 'entity_management', activityId: DISABLE, entity: 'identity' },
  'person.enabled': { ocsfClass: 'entity_management', activityId: ENABLE, entity: 'identity' },
  'request.submitted': { ocsfClass: 'entity_management', activityId: CREATE, entity: 'request' },
  'request.decided': decided,
  'approval.answered': decided,
  'approval.refused': decided,
  'request.self_confirmed': decided,
  'request.approved': decided,
  'request.closed': decided,
  'request.nudged': decided,
  'request.reminded': decided,
  'request.escalated': decided,
  'grant.issued': assigned,
  'grant.broke_glass': assigned,
  'grant.reissued': assigned,
  'grant.revoking': revoked,
  'grant.revoke_failed': revoked,
  'grant.ended': revoked,
  'credential.revoked': { ocsfClass: 'entity_management', activityId: DEACTIVATE, entity: 'credential' },
  'use.started': used,
  'use.finished': used,
  'use.interrupted': used,
  'use.refused': used,
  'audit.appended': log(UPDATE),
  'audit.epoch_opened': log(CREATE),
  'audit.forked': log(UPDATE),
  'app.started': { ocsfClass: 'application_lifecycle', activityId: START },
  'app.stopped': { ocsfClass: 'application_lifecycle', activityId: STOP },
  'copy.intended': copy(CREATE),
  'copy.stored': copy(UPDATE),
  'copy.abandoned': copy(DELETE),
  'copy.missing': copy(DELETE),
  // The value leaves the keychain for where other programs can read it.
  'clipboard.copied': copy(READ),
  'clipboard.cleared': copy(DELETE),
  'clipboard.clear_failed': copy(DELETE),
  'wipe.started': copy(DELETE),
  'wipe.done': copy(DELETE),
  'wipe.failed': copy(DELETE),
  'clock.jumped': { ocsfClass: 'entity_management', activityId: UPDATE, entity: 'clock' },
  'keychain.unavailable': { ocsfClass: 'entity_management', activityId: READ, entity: 'keychain' },
  'broker.connected': { ocsfClass: 'entity_management', activityId: UPDATE, entity: 'settings' },
  'broker.left': { ocsfClass: 'entity_management', activityId: UPDATE, entity: 'settings' },
  'sign_in.made': { ocsfClass: 'entity_management', activityId: CREATE, entity: 'sign_in' },
  'sign_in.ended': { ocsfClass: 'entity_management', activityId: DELETE, entity: 'sign_in' },
  'identity.chosen': { ocsfClass: 'entity_management', activityId: UPDATE, entity: 'identity' },
  'settings.changed': { ocsfClass: 'entity_management', activityId: UPDATE, entity: 'settings' },
  'checkpoint.regressed': log(READ),
  'checkpoint.restored': log(READ),
  'checkpoint.key_rotated': log(UPDATE),
  'checkpoint.restore_read': log(UPDATE),
  'checkpoint.accepted': log(UPDATE),
  'sync.refused': log(READ),
  'sink.added': sink(CREATE),
  'sink.removed': sink(DELETE),
  'sink.changed': sink(UPDATE),
  // Of the ledger as well as of a desktop's log.
  'sink.tested': sink(READ),
  'sink.dead_letters': sink(UPDATE),
  'sink.resent': sink(UPDATE),
  'epoch.opened': log(CREATE),
};

/** type_uid is class_uid × 100 + activity_id, by definition. */
export function typeUid(place: OcsfPlace): number {
  return OCSF_CLASSES[place.ocsfClass].classUid * 100 + place.activityId;
}

/** Something began whose end is another record: who counts successes must not count it. */
const BEGUN: ReadonlySet<AuditKind> = new Set<AuditKind>([
  'copy.intended',
  'wipe.started',
  'grant.revoking',
  'use.started',
]);

const SUCCESS = { status_id: 1 } as const;
const FAILURE = { status_id: 2 } as const;
const STARTED = { status: 'Started', status_id: 99 } as const;

/** How it went, as OCSF says it. */
export function statusAttributes(kind: AuditKind, outcome: 'success' | 'failure') {
  if (outcome === 'failure') return FAILURE;
  return BEGUN.has(kind) ? STARTED : SUCCESS;
}

/**
 * High: access that nobody approved, access or a secret that outlives its end, a log that is not what it was, a guard
 * that is weaker than before.
 */
const SEVERE: ReadonlySet<AuditKind> = new Set<AuditKind>([
  'grant.revoke_failed',
  'wipe.failed',
  'grant.broke_glass',
  'audit.forked',
  'audit.epoch_opened',
  'checkpoint.regressed',
  'checkpoint.restored',
  'config.weakened',
  'ledger.epoch_opened',
]);

/** Medium: nothing is broken, but somebody should know: unusual, or a trail that does not simply go on. */
const NOTABLE: ReadonlySet<AuditKind> = new Set<AuditKind>([
  'finding.raised',
  'config.held',
  'ledger.key_rotated',
  'device.key_changed',
  'log.key_handed_over',
  'log.key_kept',
  'checkpoint.key_rotated',
  'sink.removed',
  'sink.dead_letters',
  'copy.missing',
  'clipboard.clear_failed',
  'clock.jumped',
  'checkpoint.accepted',
  'epoch.opened',
]);

const INFORMATIONAL = 1;
const LOW = 2;
const MEDIUM = 3;
const HIGH = 4;

/** severity_id: informational; low for a failure; medium and high by kind. */
export function severityId(kind: AuditKind, outcome: 'success' | 'failure'): number {
  if (SEVERE.has(kind)) return HIGH;
  if (NOTABLE.has(kind)) return MEDIUM;
  return outcome === 'failure' ? LOW : INFORMATIONAL;
}
