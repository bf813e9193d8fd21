// Tables of subjects, accounts, disabled people, and devices.
export type SubjectRow = {
  id: string;
  issuer: string;
  external_id: string;
  created_at_ms: number;
};

/** What the newest token of an account said, kept so that others can be asked about it, and so that replicas agree. */
export type AccountRow = {
  subject: string;
  person: string;
  kind: 'person' | 'service';
  name: string;
  /** JSON list. */
  roles: string;
  /** JSON list. */
  teams: string;
  contractor: number | null;
  zoneinfo: string | null;
  /** Keyed hash of all of the above. */
  facts_hash: string;
  /** The newest `auth_time` that any token of the account had. */
  auth_time_ms: number | null;
  /** When the issuer last vouched for the account: the newest `iat`. */
  proven_at_ms: number;
  /** When a token was last verified, to the day: who may be asked to approve depends on it. */
  seen_at_ms: number;
  /** Version of the directory at the last change that others must hear of. */
  version: number;
};

/** A subject or a person that is disabled, and because of whom: an account may be disabled for two reasons. */
export type DisabledRow = {
  /** `sub_…` or `per_…`. */
  id: string;
  /** The person whose disabling it was, or the subject itself. */
  because_of: string;
  at_ms: number;
};

/** One row, moved in the transaction of every change: replicas compare it to know whether to read again. */
export type DirectoryVersionRow = { id: number; version: number };

export type DeviceRow = {
  /** JWK thumbprint of the device key. */
  id: string;
  subject: string;
  enrolled_at_ms: number;
  /** The device whose key took the place of this one's: nothing by this one counts from then on. */
  replaced_by: string | null;
};

/** What a provisioning service says of a device; null where it does not know. */
export type DeviceFactsRow = {
  device: string;
  managed: number | null;
  disk_encrypted: number | null;
  country: string | null;
  told_by: string;
  told_at_ms: number;
  version: number;
};

export type IdentityTables = {
  subjects: SubjectRow;
  accounts: AccountRow;
  disabled: DisabledRow;
  directory_version: DirectoryVersionRow;
  devices: DeviceRow;
  device_facts: DeviceFactsRow;
};
