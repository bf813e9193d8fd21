// A question in Cedar's JSON: entities and context. A fact that nobody proved is left out, never filled in.
// The requester's words go under `claimed` and nowhere else. Durations, times, addresses and entities are written in the
// short form that the schema gives a type to: spelled out (`__extn`, `__entity`) an evaluation takes half as long again.
import { isIP } from 'node:net';
import type { CedarValueJson, Context, EntityJson, TypeAndId } from '@cedar-policy/cedar-wasm/nodejs';
import ipaddr from 'ipaddr.js';
import { SENSITIVITIES, type Resource } from '#shared/contracts/catalog.ts';
import type { Principal } from '#shared/domain/identity.ts';
import { formatInstant, type DurationMs, type EpochMs } from '#shared/domain/time.ts';
import type { Question } from './engine.ts';
import { localTime } from './local-time.ts';

/** What is supposed about a question: what it has (enforcing), or what it might get (probing). */
export type Supposed = {
  readonly approvals: number;
  readonly owner: boolean;
  readonly selfConfirmed: boolean;
  readonly durationMs: DurationMs;
};

type EntityTypeName = 'User' | 'Role' | 'Team' | 'Resource' | 'Collection' | 'Action';

export function uid(type: EntityTypeName, id: string): TypeAndId {
  return { type: `Daypass::${type}`, id };
}

export function userEntity(principal: Principal): EntityJson {
  return {
    uid: uid('User', principal.subject),
    attrs: {
      kind: principal.kind,
      admin: principal.admin,
      provenance: principal.provenance,
      ...known('contractor', principal.contractor),
    },
    parents: [...principal.roles.map((role) => uid('Role', role)), ...principal.teams.map((team) => uid('Team', team))],
  };
}

export function resourceEntity(resource: Resource): EntityJson {
  return {
    uid: uid('Resource', resource.id),
    attrs: {
      kind: resource.id.slice(0, resource.id.indexOf(':')),
      sensitivity: SENSITIVITIES.indexOf(resource.sensitivity),
      tags: [...resource.tags],
      owners: resource.owners.map((owner) => ({ ...uid('Team', owner) })),
      personal: resource.personalColumns.length > 0,
      ...known('residency', resource.residency ?? null),
    },
    parents: resource.collections.map((collection) => uid('Collection', collection)),
  };
}

/** The part of the context that no supposition changes. */
export function factsContext({ requester, facts, claimed, extension }: Question): Context {
  const { device } = facts;
  const local = localTime(facts.nowMs, requester.zoneinfo, facts.holidays);
  return {
    now: instant(facts.nowMs),
    ...(local === null ? {} : { local }),
    extends: extension !== null,
    device: {
      ...known('managed', device.managed),
      ...known('diskEncrypted', device.diskEncrypted),
      ...known('country', device.country),
    },
    ...known('network', address(facts.networkAddress)),
    ...known('mfaAge', signInAge(requester.authenticatedAtMs, facts.nowMs)),
    claimed: { purpose: claimed.purpose, ...known('ticket', claimed.ticket) },
  };
}

/** The whole context of one evaluation. */
export function accessContext(base: Context, question: Question, supposed: Supposed): Context {
  return {
    ...base,
    hold: duration(supposed.durationMs),
    total: duration(totalMs(question, supposed.durationMs)),
    heldRecently: duration(question.facts.heldMs + supposed.durationMs),
    approvals: { count: supposed.approvals, owner: supposed.owner },
    selfConfirmed: supposed.selfConfirmed,
  };
}

/** From the start of the grant to its end: for an extension the time that the grant had before counts. */
export function totalMs({ extension, durationMs }: Question, supposedMs: DurationMs): DurationMs {
  return extension === null ? supposedMs : Math.max(extension.totalMs, durationMs) - durationMs + supposedMs;
}

export function approvingContext(question: Question): Context {
  return { now: instant(question.facts.nowMs), requester: { ...uid('User', question.requester.subject) } };
}

function known(name: string, value: CedarValueJson): Record<string, CedarValueJson> {
  return value === null ? {} : { [name]: value };
}

function duration(durationMs: DurationMs): CedarValueJson {
  return `${durationMs}ms`;
}

function instant(atMs: EpochMs): CedarValueJson {
  return formatInstant(atMs);
}

/** Identity providers' clocks run ahead by seconds; a sign-in further in the future proves nothing. */
const CLOCK_SKEW_MS = 60_000;

function signInAge(authenticatedAtMs: EpochMs | null, nowMs: EpochMs): CedarValueJson {
  if (authenticatedAtMs === null || authenticatedAtMs > nowMs + CLOCK_SKEW_MS) return null;
  return duration(Math.max(0, nowMs - authenticatedAtMs));
}

/** Cedar reads no mapped addresses (`::ffff:10.0.0.1`) and no zones, so addresses are brought into plain form. */
function address(text: string | null): CedarValueJson {
  const plain = text?.split('%')[0];
  if (plain === undefined || isIP(plain) === 0) return null;
  return ipaddr.process(plain).toNormalizedString();
}
