// Who acts. A subject is one account at one issuer; a person is the human behind one or more accounts.

/** Opaque id of one account (issuer and its `sub`): random, no personal data, safe in tokens and ledgers. */
export type SubjectId = string;
/** Opaque id of a human: two accounts of one human share it, and count once wherever people are counted. */
export type PersonId = string;
/** JWK thumbprint (RFC 7638, SHA-256, base64url) of a desktop's device key. */
export type DeviceId = string;

/** Whether a fact was proven to the broker (token, directory, enrolment) or only stated by the machine's owner. */
export type Provenance = 'verified' | 'asserted';

export type Principal = {
  readonly subject: SubjectId;
  readonly person: PersonId;
  readonly kind: 'person' | 'service';
  /** For people to read; never a key, never in the ledger in clear. */
  readonly name: string;
  readonly roles: readonly string[];
  readonly teams: readonly string[];
  /** Null when nobody said: a policy that needs it then denies. */
  readonly contractor: boolean | null;
  /** IANA time zone (`zoneinfo` claim), or null when unknown. */
  readonly zoneinfo: string | null;
  /** When this principal last proved itself (`auth_time`), in epoch ms, or null when unknown. */
  readonly authenticatedAtMs: number | null;
  /** May revoke anybody's grant and read the whole ledger. */
  readonly admin: boolean;
  readonly provenance: Provenance;
};

/** What is known of a device from its enrolment; null means unknown, and unknown denies. */
export type DeviceFacts = {
  readonly managed: boolean | null;
  readonly diskEncrypted: boolean | null;
  readonly country: string | null;
};

/** True when the two principals are the same human or the same account. */
export function samePerson(
  a: Pick<Principal, 'subject' | 'person'>,
  b: Pick<Principal, 'subject' | 'person'>,
): boolean {
  return a.subject === b.subject || a.person === b.person;
}
