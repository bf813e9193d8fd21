// One realistic event of each kind that a ledger keeps, and what a ledger of the tests is opened with.
import type { AuditEventOf, LedgerEvent, LedgerKind } from '#shared/domain/audit-event.ts';

export const NOW_MS = 1_795_305_600_000;
const HASH = 'b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c';

const common = {
  atMs: NOW_MS,
  actor: 'sub_ana',
  subject: 'sub_ana',
  resource: 'dataset:penguins',
  requestId: 'req_1',
  grantId: 'grt_1',
  outcome: 'success',
} as const;
const ofBroker = { ...common, actor: 'broker', subject: null, resource: null, requestId: null, grantId: null } as const;

const ROOT = '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';
const ofDevice = { ...common, resource: null, requestId: null, grantId: null } as const;
const tree = { origin: 'daypass.desktop/dev_thumb', epoch: 1, size: 12, root: ROOT };

const held = { change: 'chg_1', changeKind: 'sensitivity_downgrade', contentHash: HASH } as const;

type Samples = { readonly [K in LedgerKind]: AuditEventOf<K> };

export const SAMPLES: Samples = {
  'broker.started': { ...ofBroker, kind: 'broker.started', data: { version: '0.1.0', mode: 'embedded' } },
  'broker.stopped': { ...ofBroker, kind: 'broker.stopped', data: {} },
  'config.changed': {
    ...ofBroker,
    kind: 'config.changed',
    data: { part: 'catalog', fromHash: null, toHash: HASH, added: ['dataset:penguins'], removed: [], changed: [] },
  },
  'config.refused': {
    ...ofBroker,
    outcome: 'failure',
    kind: 'config.refused',
    data: { part: 'policies', keptHash: HASH, problems: 2 },
  },
  'config.held': {
    ...ofBroker,
    outcome: 'failure',
    kind: 'config.held',
    data: { ...held, lines: ['dataset:penguins: restricted → internal'] },
  },
  'config.weakened': {
    ...ofBroker,
    kind: 'config.weakened',
    data: { ...held, lines: ['dataset:penguins: restricted → internal'], agreedBy: 'two_people' },
  },
  'erasure.proposed': {
    ...ofBroker,
    actor: 'sub_lee',
    kind: 'erasure.proposed',
    data: { change: 'chg_1' },
    personal: { subject: 'sub_lee', text: { reason: 'She asked for it in a letter' } },
  },
  'change.answered': {
    ...ofBroker,
    actor: 'sub_jo',
    kind: 'change.answered',
    data: { change: 'chg_1', agree: true },
    personal: { subject: 'sub_jo', text: { reason: 'Seen the letter' } },
  },
  'change.closed': { ...ofBroker, actor: 'sub_jo', kind: 'change.closed', data: { change: 'chg_1', state: 'agreed' } },
  'subject.erased': {
    ...ofDevice,
    actor: 'broker',
    kind: 'subject.erased',
    data: { change: 'chg_1', agreedBy: 'two_people' },
  },
  'records.pruned': {
    ...ofBroker,
    kind: 'records.pruned',
    data: { beforeMs: NOW_MS, records: 500, lastSequence: 499 },
  },
  'audit.pruned': {
    ...ofBroker,
    kind: 'audit.pruned',
    data: { beforeMs: NOW_MS, records: 12, logs: [{ origin: 'daypass.desktop/x', epoch: 1, records: 12 }] },
  },
  'words.pruned': { ...ofBroker, kind: 'words.pruned', data: { beforeMs: NOW_MS, requests: 12, keys: 3 } },
  'hold.placed': {
    ...ofBroker,
    actor: 'sub_lee',
    kind: 'hold.placed',
    data: { hold: 'hld_1', person: 'per_1' },
    personal: { subject: 'sub_lee', text: { reason: 'A court asked for it' } },
  },
  'hold.release_proposed': {
    ...ofBroker,
    actor: 'sub_lee',
    kind: 'hold.release_proposed',
    data: { hold: 'hld_1', person: 'per_1', change: 'chg_2' },
    personal: { subject: 'sub_lee', text: { reason: 'The case is closed' } },
  },
  'hold.released': {
    ...ofBroker,
    kind: 'hold.released',
    data: { hold: 'hld_1', person: 'per_1', change: 'chg_2', agreedBy: 'two_people' },
  },
  'finding.raised': {
    ...common,
    actor: 'broker',
    kind: 'finding.raised',
    data: { finding: 'fnd_1', deviation: 'unusual_hours', facts: { hour: 3, zone: 'Europe/Berlin' } },
  },
  'finding.answered': {
    ...common,
    actor: 'sub_jo',
    kind: 'finding.answered',
    data: { finding: 'fnd_1', answer: 'cleared' },
    personal: { subject: 'sub_jo', text: { note: 'On call that night' } },
  },
  'ledger.epoch_opened': {
    ...ofBroker,
    kind: 'ledger.epoch_opened',
    data: {
      previousOrigin: 'daypass.ledger/thumb',
      previousEpoch: 1,
      kept: { size: 12, root: ROOT },
      keptAtMs: NOW_MS,
      lastKnown: { size: 20, root: ROOT },
    },
  },
  'ledger.heartbeat': { ...ofBroker, kind: 'ledger.heartbeat', data: { lastSequence: 12 } },
  'sink.configured': {
    ...ofBroker,
    kind: 'sink.configured',
    data: { sinks: [{ name: 'siem', kind: 'otlp', host: 'collector.example.org' }] },
  },
  'sink.dead_lettered': {
    ...ofBroker,
    outcome: 'failure',
    kind: 'sink.dead_lettered',
    data: { name: 'siem', code: 'refused', records: 1, epoch: 1, firstSequence: 7, lastSequence: 7 },
  },
  'sink.test_sent': { ...ofBroker, actor: 'sub_ana', kind: 'sink.test_sent', data: { name: 'siem', code: null } },
  'sink.dead_letters_resent': {
    ...ofBroker,
    actor: 'sub_ana',
    kind: 'sink.dead_letters_resent',
    data: { name: 'siem', records: 1 },
  },
  'ledger.key_rotated': {
    ...ofBroker,
    kind: 'ledger.key_rotated',
    data: { oldKey: 'a'.repeat(64), newKey: 'b'.repeat(64), size: 12 },
  },
  'key.published': { ...ofBroker, kind: 'key.published', data: { keyId: 'k1', usedFromMs: NOW_MS } },
  'key.retired': { ...ofBroker, kind: 'key.retired', data: { keyId: 'k1' } },
  'device.enrolled': { ...ofDevice, kind: 'device.enrolled', data: { device: 'dev_thumb' } },
  'device.key_changed': {
    ...ofDevice,
    kind: 'device.key_changed',
    data: { device: 'dev_thumb2', replaces: 'dev_thumb', epoch: 1, size: 40, root: ROOT, grants: 1 },
  },
  'device.facts_changed': {
    ...ofDevice,
    actor: 'sub_mdm',
    subject: null,
    kind: 'device.facts_changed',
    data: { device: 'dev_thumb', managed: true, diskEncrypted: null, country: 'DE' },
  },
  'account.seen': {
    ...ofDevice,
    actor: 'broker',
    kind: 'account.seen',
    data: { person: 'per_ana', admin: false, facts: HASH },
  },
  'account.changed': {
    ...ofDevice,
    actor: 'broker',
    kind: 'account.changed',
    data: { person: 'per_ana', admin: true, facts: HASH, changed: ['roles', 'admin'] },
  },
  'person.disabled': {
    ...ofDevice,
    actor: 'sub_lee',
    kind: 'person.disabled',
    data: { scope: 'person', person: 'per_ana', accounts: ['sub_ana'] },
    personal: { subject: 'sub_lee', text: { reason: 'Left the company' } },
  },
  'person.enabled': {
    ...ofDevice,
    actor: 'sub_lee',
    kind: 'person.enabled',
    data: { scope: 'account', person: null, accounts: ['sub_ana'] },
  },
  'request.submitted': {
    ...common,
    grantId: null,
    kind: 'request.submitted',
    data: {
      actions: ['read'],
      purpose: 'research',
      durationMs: 1_800_000,
      scopeHash: HASH,
      device: 'dev_thumb',
      startAtMs: null,
      extendsGrant: null,
      bundleId: null,
      breakGlass: false,
    },
    personal: { subject: 'sub_ana', text: { justification: 'Compare bill lengths for chapter 3 — naïve, “quoted” ☃' } },
  },
  'request.decided': {
    ...common,
    actor: 'broker',
    kind: 'request.decided',
    data: {
      outcome: 'needs_approval',
      code: null,
      policies: ['pii-needs-two'],
      policyHash: HASH,
      needed: { count: 2, owner: true },
      provenance: 'asserted',
      stage: 'submit',
    },
  },
  'request.nudged': { ...common, grantId: null, kind: 'request.nudged', data: { count: 1 } },
  'request.reminded': { ...common, actor: 'broker', grantId: null, kind: 'request.reminded', data: { count: 2 } },
  'request.escalated': {
    ...common,
    actor: 'broker',
    grantId: null,
    kind: 'request.escalated',
    data: { to: ['security'], asked: 3 },
  },
  'approval.answered': {
    ...common,
    actor: 'sub_ben',
    kind: 'approval.answered',
    data: { answer: 'approve', scopeHash: HASH, narrowedTo: null, signedInAtMs: NOW_MS },
    personal: { subject: 'sub_ben', text: { reason: 'fine for today' } },
  },
  'approval.refused': { ...common, outcome: 'failure', kind: 'approval.refused', data: { code: 'scope_changed' } },
  'request.self_confirmed': { ...common, kind: 'request.self_confirmed', data: { scopeHash: HASH } },
  'request.approved': { ...common, actor: 'broker', kind: 'request.approved', data: { scopeHash: HASH } },
  'request.closed': {
    ...common,
    actor: 'sub_ben',
    kind: 'request.closed',
    data: { state: 'revoked', code: 'by_owner' },
    personal: { subject: 'sub_ben', text: { reason: 'The study is over' } },
  },
  'grant.issued': {
    ...common,
    kind: 'grant.issued',
    data: {
      actions: ['read'],
      endsAtMs: NOW_MS + 1_800_000,
      credential: 'crd_1',
      issuer: 'jwt',
      policyHash: HASH,
      revokeClass: 'instant',
      extendsGrant: null,
    },
  },
  'grant.broke_glass': {
    ...common,
    kind: 'grant.broke_glass',
    data: { actions: ['read'], endsAtMs: NOW_MS + 1_800_000, policies: ['emergency.oncall'], told: 4 },
  },
  'grant.reissued': {
    ...common,
    kind: 'grant.reissued',
    data: { credential: 'crd_2', replaced: 'crd_1', endsAtMs: NOW_MS + 1_800_000 },
  },
  'grant.revoking': {
    ...common,
    actor: 'sub_ben',
    kind: 'grant.revoking',
    data: { reason: 'revoked' },
    personal: { subject: 'sub_ben', text: { reason: 'The study is over' } },
  },
  'grant.revoke_failed': {
    ...common,
    outcome: 'failure',
    kind: 'grant.revoke_failed',
    data: { attempt: 3, code: 'probe_still_open' },
  },
  'grant.ended': {
    ...common,
    kind: 'grant.ended',
    data: { reason: 'revoked', receipt: { revokedAtMs: NOW_MS, checkedAtMs: NOW_MS + 3, lagMs: 3 } },
  },
  'credential.revoked': { ...common, kind: 'credential.revoked', data: { credential: 'crd_1' } },
  'use.started': {
    ...common,
    kind: 'use.started',
    data: { credential: 'crd_1', action: 'read', method: 'GET', useId: 'use_1' },
  },
  'use.finished': {
    ...common,
    kind: 'use.finished',
    data: { useId: 'use_1', status: 200, bytesIn: 0, bytesOut: 15_240, masked: true },
  },
  'use.interrupted': {
    ...common,
    outcome: 'failure',
    kind: 'use.interrupted',
    data: { useId: 'use_1', code: 'grant_ended', bytesIn: 0, bytesOut: 15_240, spent: false },
  },
  'use.refused': { ...common, outcome: 'failure', kind: 'use.refused', data: { code: 'not_live', method: 'GET' } },
  'audit.appended': { ...ofDevice, kind: 'audit.appended', data: { ...tree, records: 12 } },
  'audit.epoch_opened': {
    ...ofDevice,
    kind: 'audit.epoch_opened',
    data: { ...tree, epoch: 2, previousOrigin: tree.origin, previousEpoch: 1, reason: 'restored' },
  },
  'audit.forked': {
    ...ofDevice,
    outcome: 'failure',
    kind: 'audit.forked',
    data: { ...tree, kept: { size: 12, root: ROOT } },
  },
};

export const ALL_SAMPLES: readonly LedgerEvent[] = Object.values(SAMPLES);

/** An event that is easy to find again: its data carries the number. */
export function numberedEvent(number: number): LedgerEvent {
  return { ...SAMPLES['use.finished'], data: { ...SAMPLES['use.finished'].data, useId: `use_${number}` } };
}
