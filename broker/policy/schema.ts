// The Cedar schema that every policy is validated against. Actions come from the catalog, all else is fixed here.
// A fact that may be unknown is an optional attribute: absent means that nobody proved it.

/** Actions that policies may name even when no catalog entry offers them at the moment. */
const WELL_KNOWN_ACTIONS = ['read', 'read_pii', 'infer', 'finetune', 'export'] as const;

/** Names that are Cedar actions with a meaning of their own, so no catalog entry may use them. */
const RESERVED_ACTIONS: readonly string[] = ['access', 'approve'];

const ACTION_NAME = /^[a-z][a-z0-9_-]{0,62}$/;

/** Paths that hold a record: policies read what is inside, never the record as one value. */
export const RECORD_PATHS: ReadonlySet<string> = new Set([
  'context',
  'context.local',
  'context.device',
  'context.approvals',
  'context.claimed',
]);

/** Every attribute that may be absent, so every one that a `has` can test for. */
export const OPTIONAL_PATHS: ReadonlySet<string> = new Set([
  'context.local',
  'context.device.managed',
  'context.device.diskEncrypted',
  'context.device.country',
  'context.network',
  'context.mfaAge',
  'context.claimed.ticket',
  'context.requester.contractor',
  'principal.contractor',
  'resource.residency',
]);

/** Everything that changes with the duration asked for. */
export const DURATION_PATHS: ReadonlySet<string> = new Set(['context.hold', 'context.total', 'context.heldRecently']);

/** Names that cannot be Cedar actions here: reserved, or not a catalog action name. */
export function refusedActionNames(actions: readonly string[]): readonly string[] {
  return actions.filter((action) => RESERVED_ACTIONS.includes(action) || !ACTION_NAME.test(action));
}

/** Takes the action names of the catalog (checked by `refusedActionNames`), gives the schema as Cedar text. */
export function policySchema(catalogActions: readonly string[]): string {
  const names = [...new Set([...WELL_KNOWN_ACTIONS, ...catalogActions])].toSorted();
  return SCHEMA.replace('$ACTIONS', names.map((name) => JSON.stringify(name)).join(', '));
}

const SCHEMA = `namespace Daypass {
  entity Role;
  entity Team;
  entity Collection in [Collection];

  @doc("kind: person or service; contractor: absent when nobody said; provenance: verified or asserted")
  entity User in [Role, Team] = {
    "kind": String,
    "contractor"?: Bool,
    "admin": Bool,
    "provenance": String,
  };

  @doc("sensitivity: 0 public, 1 internal, 2 confidential, 3 restricted; kind: dataset or model")
  entity Resource in [Collection] = {
    "kind": String,
    "sensitivity": Long,
    "tags": Set<String>,
    "owners": Set<Team>,
    "personal": Bool,
    "residency"?: String,
  };

  @doc("The requester's own time zone; dow: 1 Monday to 7 Sunday; minute: since midnight")
  type Local = { "dow": Long, "minute": Long, "holiday": Bool, "tz": String };
  type Device = { "managed"?: Bool, "diskEncrypted"?: Bool, "country"?: String };
  type Approvals = { "count": Long, "owner": Bool };
  @doc("What the requester merely says")
  type Claimed = { "purpose": String, "ticket"?: String };

  @doc("hold: time asked for; total: with what the extended grant had before; heldRecently: 30 days, with this request")
  type Access = {
    "now": datetime,
    "local"?: Local,
    "hold": duration,
    "total": duration,
    "extends": Bool,
    "heldRecently": duration,
    "device": Device,
    "network"?: ipaddr,
    "mfaAge"?: duration,
    "approvals": Approvals,
    "selfConfirmed": Bool,
    "claimed": Claimed,
  };
  type Approving = { "now": datetime, "requester": User };

  action access;
  action $ACTIONS in [access] appliesTo { principal: User, resource: Resource, context: Access };
  action approve appliesTo { principal: User, resource: Resource, context: Approving };
}
`;
