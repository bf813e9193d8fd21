// The attributes that each OCSF class asks for, filled from an event. Only ids: no names, no words of people.
import type { AuditEvent } from '../domain/audit-event.ts';
import { assertNever } from '../domain/result.ts';
import type { EntityKind, OcsfPlace } from './ocsf-map.ts';

type Attributes = Readonly<Record<string, unknown>>;

const ENTITY_OTHER = 99;
const ENTITY_DEVICE = 1;
const ENTITY_USER = 2;
const ENTITY_POLICY = 5;

/** What the class adds to the attributes that every record has. */
export function classAttributes(event: AuditEvent, place: OcsfPlace): Attributes {
  switch (place.ocsfClass) {
    case 'application_lifecycle':
      return { app: app(event) };
    case 'entity_management':
      return { entity: entity(event, place.entity), ...entityResult(event) };
    case 'user_access':
      return { user: { uid: event.subject ?? 'unknown' }, privileges: privileges(event), ...resources(event) };
    case 'api_activity':
      return {
        api: api(event),
        // Network addresses are personal data that nothing in the log needs.
        src_endpoint: { name: 'undisclosed' },
        ...httpRequest(event),
        ...resources(event),
      };
    default:
      return assertNever(place);
  }
}

/** The programs that act by themselves, as records name them. */
export const APP_NAMES = { broker: 'daypass-broker', desktop: 'daypass-desktop' } as const;

export function actorAttribute(event: AuditEvent): Attributes {
  return event.actor === 'broker' || event.actor === 'desktop'
    ? { app_name: APP_NAMES[event.actor] }
    : { user: { uid: event.actor } };
}

function app(event: AuditEvent): Attributes {
  const name = event.kind.startsWith('app.') ? APP_NAMES.desktop : APP_NAMES.broker;
  const started = event.kind === 'broker.started' || event.kind === 'app.started';
  return { name, ...(started && { version: event.data.version }) };
}

function resources(event: AuditEvent): Attributes {
  if (event.resource === null) return {};
  const [type] = event.resource.split(':', 1);
  return { resources: [{ type, uid: event.resource }] };
}

/** The actions where the event names them; else the grant whose privileges these are. */
function privileges(event: AuditEvent): readonly string[] {
  if ('actions' in event.data && event.data.actions.length > 0) return [...event.data.actions];
  return [`grant:${event.grantId ?? 'unknown'}`];
}

function api(event: AuditEvent): Attributes {
  const request = 'useId' in event.data ? { request: { uid: event.data.useId } } : {};
  if (event.kind === 'use.started') return { operation: event.data.action, ...request };
  if (event.kind === 'use.finished') return { operation: 'use', ...request, response: { code: event.data.status } };
  if (event.kind === 'use.refused') return { operation: event.data.method };
  return { operation: 'use', ...request };
}

/** OCSF knows these only; whatever else a caller sent stands in the data of the record. */
const HTTP_METHODS: ReadonlySet<string> = new Set([
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'TRACE',
]);

function httpRequest({ data }: AuditEvent): Attributes {
  return 'method' in data && HTTP_METHODS.has(data.method) ? { http_request: { http_method: data.method } } : {};
}

function entity(event: AuditEvent, kind: EntityKind): Attributes {
  switch (kind) {
    case 'request':
      return { type: 'Access Request', type_id: ENTITY_OTHER, uid: event.requestId ?? 'unknown' };
    case 'config':
      return configEntity(event);
    case 'signing_key':
      return { type: 'Signing Key', type_id: ENTITY_OTHER, uid: 'keyId' in event.data ? event.data.keyId : 'unknown' };
    case 'device':
      return { type: 'Device', type_id: ENTITY_DEVICE, uid: 'device' in event.data ? event.data.device : 'unknown' };
    case 'credential':
      return {
        type: 'Credential',
        type_id: ENTITY_OTHER,
        uid: 'credential' in event.data ? event.data.credential : 'unknown',
      };
    case 'local_copy':
      return { type: 'Local Copy', type_id: ENTITY_OTHER, uid: copyUid(event) };
    case 'clock':
    case 'keychain':
    case 'settings':
    case 'sign_in':
      return { type: OWN_THINGS[kind], type_id: ENTITY_OTHER, uid: kind };
    case 'identity':
      return { type: 'User', type_id: ENTITY_USER, uid: whomOf(event) };
    case 'log':
      return logEntity(event);
    case 'finding':
      return { type: 'Finding', type_id: ENTITY_OTHER, uid: 'finding' in event.data ? event.data.finding : 'unknown' };
    case 'sink':
      return { type: 'Sink', type_id: ENTITY_OTHER, uid: 'name' in event.data ? event.data.name : 'all' };
    case 'change':
      return { type: 'Change', type_id: ENTITY_OTHER, uid: changeUid(event) };
    case 'hold':
      return { type: 'Legal Hold', type_id: ENTITY_OTHER, uid: 'hold' in event.data ? event.data.hold : 'unknown' };
    default:
      return assertNever(kind);
  }
}

const OWN_THINGS = { clock: 'Clock', keychain: 'Keychain', settings: 'Settings', sign_in: 'Sign-in' } as const;

/** What nobody had to agree to has no id of its own: it is known by the content that it brought into force. */
function changeUid({ data }: AuditEvent): string {
  if ('change' in data && data.change !== null) return data.change;
  if ('contentHash' in data) return data.contentHash;
  // A hold is placed by nobody's leave.
  return 'hold' in data ? data.hold : 'unknown';
}

/** A person where all of their accounts are meant, else the account. */
function whomOf({ data, subject }: AuditEvent): string {
  return 'scope' in data && data.person !== null ? data.person : (subject ?? 'unknown');
}

/** Why it failed, or was closed as it was: a stable code, never a text. */
export function statusCode({ data }: AuditEvent): Attributes {
  return 'code' in data && data.code !== null && data.code !== '' ? { status_code: data.code } : {};
}

/** Before it is collected a credential has no id: then it is known by the id of the collecting. */
function copyUid({ data }: AuditEvent): string {
  if ('credential' in data) return data.credential;
  return 'collectId' in data ? data.collectId : 'unknown';
}

function logEntity({ data }: AuditEvent): Attributes {
  if ('origin' in data) return { type: 'Log', type_id: ENTITY_OTHER, uid: data.origin, version: `${data.epoch}` };
  return { type: 'Log', type_id: ENTITY_OTHER, uid: 'previousOrigin' in data ? data.previousOrigin : 'ledger' };
}

/** What is in force: of a change the version before it, the one after it is the result. */
function configEntity(event: AuditEvent): Attributes {
  if (event.kind === 'config.changed') return configVersion(event.data.part, event.data.fromHash);
  if (event.kind === 'config.refused') return configVersion(event.data.part, event.data.keptHash);
  return configVersion('policies', null);
}

function entityResult(event: AuditEvent): Attributes {
  return event.kind === 'config.changed' ? { entity_result: configVersion(event.data.part, event.data.toHash) } : {};
}

function configVersion(part: 'catalog' | 'identity' | 'policies', hash: string | null): Attributes {
  const version = hash === null ? {} : { version: hash };
  switch (part) {
    case 'catalog':
      return { type: 'Catalog', type_id: ENTITY_OTHER, uid: part, ...version };
    case 'identity':
      return { type: 'Identity Settings', type_id: ENTITY_OTHER, uid: part, ...version };
    case 'policies':
      return { type: 'Policy', type_id: ENTITY_POLICY, uid: part, ...version };
    default:
      return assertNever(part);
  }
}
