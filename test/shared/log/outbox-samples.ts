// One realistic event of each kind that a desktop's outbox keeps.
import type { OutboxEvent, OutboxKind } from '#shared/domain/audit-event.ts';

const NOW_MS = 1_795_305_600_000;
const ROOT = '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';

const mine = {
  atMs: NOW_MS,
  actor: 'desktop',
  subject: 'sub_ana',
  resource: 'dataset:penguins',
  requestId: 'req_1',
  grantId: 'grt_1',
  outcome: 'success',
} as const;
const own = { ...mine, subject: null, resource: null, requestId: null, grantId: null } as const;
const credential = 'crd_1';
const collectId = 'col_AAAAAAAAAAAAAAAAAAAAAA';
const reason = 'expired';

type Samples = { readonly [K in OutboxKind]: OutboxEvent & { readonly kind: K } };

export const OUTBOX_SAMPLES: Samples = {
  'app.started': { ...own, kind: 'app.started', data: { version: '0.1.0' } },
  'app.stopped': { ...own, kind: 'app.stopped', data: {} },
  'copy.intended': { ...mine, grantId: null, kind: 'copy.intended', data: { collectId } },
  'copy.stored': { ...mine, kind: 'copy.stored', data: { collectId, credential, endsAtMs: NOW_MS + 1_800_000 } },
  'copy.abandoned': {
    ...mine,
    kind: 'copy.abandoned',
    data: { collectId, code: 'too_early' },
  },
  'copy.missing': { ...mine, outcome: 'failure', kind: 'copy.missing', data: { credential } },
  'clipboard.copied': { ...mine, kind: 'clipboard.copied', data: { credential, clearsAtMs: NOW_MS + 30_000 } },
  'clipboard.cleared': { ...mine, kind: 'clipboard.cleared', data: { credential, held: 'ours' } },
  'clipboard.clear_failed': {
    ...mine,
    outcome: 'failure',
    kind: 'clipboard.clear_failed',
    data: { credential, code: 'not_focused' },
  },
  'wipe.started': { ...mine, kind: 'wipe.started', data: { credential, reason } },
  'wipe.done': {
    ...mine,
    kind: 'wipe.done',
    data: {
      credential,
      reason,
      lagMs: 12,
      checked: true,
      timeBounded: { notBeforeMs: NOW_MS - 60_000, notAfterMs: NOW_MS },
    },
  },
  'wipe.failed': {
    ...mine,
    outcome: 'failure',
    kind: 'wipe.failed',
    data: { credential, reason, attempt: 2, code: 'keychain_locked' },
  },
  'clock.jumped': { ...own, kind: 'clock.jumped', data: { byMs: 90_000_000, endedGrants: 2 } },
  'keychain.unavailable': { ...own, outcome: 'failure', kind: 'keychain.unavailable', data: { code: 'no_service' } },
  'identity.chosen': {
    ...mine,
    actor: 'sub_ana',
    resource: null,
    requestId: null,
    grantId: null,
    kind: 'identity.chosen',
    data: { device: 'dev_thumb' },
  },
  'broker.connected': { ...own, kind: 'broker.connected', data: { mode: 'team' } },
  'broker.left': { ...own, kind: 'broker.left', data: { mode: 'embedded' } },
  'sign_in.made': { ...own, kind: 'sign_in.made', data: { fresh: false } },
  'sign_in.ended': { ...own, kind: 'sign_in.ended', data: { why: 'expired' } },
  'settings.changed': { ...own, kind: 'settings.changed', data: { keys: ['wipeOnLock'] } },
  'checkpoint.regressed': {
    ...own,
    outcome: 'failure',
    kind: 'checkpoint.regressed',
    data: { code: 'smaller', kept: { size: 40, root: ROOT }, seen: { size: 30, root: ROOT } },
  },
  'checkpoint.restored': {
    ...own,
    kind: 'checkpoint.restored',
    data: {
      restores: 1,
      kept: { size: 40, root: ROOT },
      seen: { size: 35, root: ROOT },
      survives: { size: 30, root: ROOT },
      agreed: 28,
      backupAtMs: 1_790_000_000_000,
    },
  },
  'log.pruned': {
    ...own,
    kind: 'log.pruned',
    data: { beforeMs: NOW_MS, records: 3, oldRecords: 2, lastSequence: 2 },
  },
  'log.records_lost': { ...own, outcome: 'failure', kind: 'log.records_lost', data: { records: 3 } },
  'log.heartbeat': { ...own, kind: 'log.heartbeat', data: { lastSequence: 12 } },
  'log.key_handed_over': { ...own, kind: 'log.key_handed_over', data: { newDevice: 'dev_thumb2' } },
  'log.key_taken_over': {
    ...own,
    kind: 'log.key_taken_over',
    data: { checkpoint: `daypass.desktop/dev_thumb\n41\n${ROOT}\n\n— daypass.desktop/dev_thumb AAAA\n`, key: 'PEM' },
  },
  'log.key_kept': {
    ...own,
    outcome: 'failure',
    kind: 'log.key_kept',
    data: { newDevice: 'dev_thumb2', code: 'state_conflict' },
  },
  'checkpoint.key_rotated': {
    ...own,
    kind: 'checkpoint.key_rotated',
    data: { oldKey: 'a'.repeat(64), newKey: 'b'.repeat(64), rotations: 1, at: { size: 40, root: ROOT } },
  },
  'checkpoint.restore_read': { ...own, kind: 'checkpoint.restore_read', data: { keptRecords: 30, sentAgain: 7 } },
  'checkpoint.accepted': {
    ...own,
    kind: 'checkpoint.accepted',
    data: { kept: { size: 40, root: ROOT }, accepted: { size: 30, root: ROOT } },
  },
  'sync.refused': { ...own, outcome: 'failure', kind: 'sync.refused', data: { code: 'unauthenticated' } },
  'sink.added': {
    ...own,
    actor: 'sub_ana',
    kind: 'sink.added',
    data: { name: 'siem', sink: 'webhook', host: 'siem.example.org', by: 'person' },
  },
  'sink.removed': {
    ...own,
    actor: 'sub_ana',
    kind: 'sink.removed',
    data: { name: 'copies', sink: 'file', host: null, by: 'person' },
  },
  'sink.changed': {
    ...own,
    kind: 'sink.changed',
    data: { name: 'collector', sink: 'otlp', host: 'otel.example.org', by: 'organisation' },
  },
  'sink.tested': { ...own, outcome: 'failure', kind: 'sink.tested', data: { name: 'siem', code: 'unauthorized' } },
  'sink.dead_letters': { ...own, outcome: 'failure', kind: 'sink.dead_letters', data: { name: 'siem', records: 2 } },
  'sink.resent': { ...own, kind: 'sink.resent', data: { name: 'siem', records: 2 } },
  'epoch.opened': {
    ...own,
    kind: 'epoch.opened',
    data: {
      code: 'restored',
      previousOrigin: 'daypass.desktop/dev_thumb',
      previousEpoch: 1,
      witnessed: { size: 40, root: ROOT },
      carried: 3,
    },
  },
};

/** An event that is easy to find again: its data carries the number. */
export function numberedOutboxEvent(number: number): OutboxEvent {
  return { ...OUTBOX_SAMPLES['copy.missing'], data: { credential: `crd_${number}` } };
}
