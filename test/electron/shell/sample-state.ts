// A desktop state to change in tests: everything in order, nothing held.
import type { ApprovalCard, GrantCard, Preset, RequestCard, ResourceCard } from '#shared/contracts/desktop/cards.ts';
import type { DesktopState } from '#shared/contracts/desktop/state.ts';
import type { SinkCard } from '#shared/contracts/desktop/sinks.ts';
import { settingsSchema } from '#shared/contracts/desktop/settings.ts';
import { HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';

export const NOW_MS = Date.UTC(2026, 10, 22, 12);

export const chats: ResourceCard = {
  id: 'dataset:support-chats',
  kind: 'dataset',
  name: 'Support chats',
  sensitivity: 'confidential',
  tags: ['pii'],
};

export function sampleState(changes: Partial<DesktopState> = {}): DesktopState {
  return {
    nowMs: NOW_MS,
    version: '0.1.0',
    me: { user: 'ana', name: 'Ana Lima', admin: false, owner: false },
    people: [],
    mode: 'embedded',
    connection: { kind: 'embedded' },
    broker: { kind: 'ready', gatewayUrl: 'http://127.0.0.1:7391' },
    keychain: { kind: 'ready' },
    memoryOnly: false,
    disk: 'ok',
    clockJump: null,
    locked: false,
    welcome: false,
    catalog: [],
    grants: [],
    requests: [],
    approvals: [],
    answeredHere: [],
    presets: [],
    sync: { kind: 'synced', atMs: NOW_MS },
    sinks: [],
    verification: {
      records: 0,
      result: 'not_yet',
      verifiedAtMs: null,
      code: null,
      cosigned: null,
      verifiedRecords: null,
      selfAttested: false,
      restored: null,
    },
    settings: { values: settingsSchema.parse({}), managed: [] },
    ...changes,
  };
}

export function sampleSink(changes: Partial<SinkCard> = {}): SinkCard {
  return {
    name: 'siem',
    kind: 'webhook',
    target: 'siem.example.org',
    managed: false,
    state: { kind: 'synced' },
    deliveredAtMs: NOW_MS,
    oldestAtMs: null,
    deadLetters: 0,
    hasSecret: true,
    needsLook: false,
    ...changes,
  };
}

export function sampleGrant(changes: Partial<GrantCard> = {}): GrantCard {
  return {
    grantId: 'gra_0000000000000000000001',
    requestId: 'req_0000000000000000000001',
    resource: chats,
    actions: ['read'],
    purpose: 'evaluation',
    startsAtMs: NOW_MS,
    endsAtMs: NOW_MS + HOUR_MS,
    phase: 'active',
    heldIn: 'keychain',
    endsWithOperation: false,
    warnAtMs: [NOW_MS + 55 * MINUTE_MS],
    clipboardUntilMs: null,
    snippets: ['curl', 'python'],
    url: 'http://127.0.0.1:7391/gateway/dataset/support-chats/',
    revokeClass: { kind: 'instant' },
    extension: null,
    problem: null,
    credentialKind: 'bearer_token',
    breakGlass: false,
    ...changes,
  };
}

export function samplePreset(changes: Partial<Preset> = {}): Preset {
  return {
    resource: chats,
    actions: ['read'],
    purpose: 'evaluation',
    justification: 'Regression in the refund classifier',
    durationMs: HOUR_MS,
    favourite: false,
    outcome: 'approved',
    neededApprovals: 0,
    ...changes,
  };
}

export function sampleRequest(changes: Partial<RequestCard> = {}): RequestCard {
  return {
    requestId: 'req_0000000000000000000001',
    resource: chats,
    actions: ['read'],
    purpose: 'evaluation',
    askedDurationMs: HOUR_MS,
    durationMs: HOUR_MS,
    narrowed: false,
    phase: 'ready',
    scopeHash: 'a'.repeat(64),
    neededApprovals: 0,
    answers: [],
    approvers: [],
    reasons: [],
    createdAtMs: NOW_MS,
    lapsesAtMs: null,
    startAtMs: null,
    extendsGrant: null,
    problem: null,
    breakGlass: false,
    nudgeAtMs: null,
    escalated: false,
    closeCode: null,
    ...changes,
  };
}

export function sampleApproval(changes: Partial<ApprovalCard> = {}): ApprovalCard {
  return {
    requestId: 'req_0000000000000000000002',
    scopeHash: 'a'.repeat(64),
    requester: 'Bo Lind',
    resource: chats,
    actions: ['read'],
    durationMs: HOUR_MS,
    purpose: 'evaluation',
    justification: 'Board numbers',
    ticket: null,
    askedAtMs: NOW_MS,
    lapsesAtMs: null,
    reasons: [],
    neededApprovals: 1,
    answers: [],
    heldBefore: { times: 0, withinDays: 90, refused: 0 },
    extendsGrant: false,
    revokeClass: { kind: 'instant' },
    freshSignIn: false,
    breakGlass: false,
    reminded: 0,
    escalated: false,
    ...changes,
  };
}
