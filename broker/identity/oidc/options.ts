// What the configuration says about the issuer of people's and services' access tokens, parsed: durations in milliseconds.
import type { DurationMs } from '#shared/domain/time.ts';

/** Signatures with a public key only: a shared secret would let every verifier sign. */
export const SIGNATURE_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;
export type SignatureAlgorithm = (typeof SIGNATURE_ALGORITHMS)[number];

/** A program that signs in by itself with client credentials. What it may do is said here, never in its token. */
export type ConfiguredService = {
  readonly clientId: string;
  readonly displayName: string;
  readonly roles: readonly string[];
  readonly teams: readonly string[];
  /** Resources whose tokens it may introspect. */
  readonly audiences: readonly string[];
  readonly admin: boolean;
  /** May tell who works here (SCIM) and what is true of devices. */
  readonly provisioning: boolean;
};

/** Where in the token a fact is: the name of a claim, or names joined with dots (`realm_access.roles`). */
export type ClaimNames = {
  /** Names the human behind accounts; without it in a token, the account is a person of its own. */
  readonly person: string;
  readonly name: string;
  readonly roles: string;
  readonly teams: string;
  readonly contractor: string;
  readonly zoneinfo: string;
};

export type OidcOptions = {
  /** Compared byte by byte with `iss`. */
  readonly issuer: string;
  /** This broker's name in `aud`. */
  readonly audience: string;
  /** What else a token may be for. A token for anything further is refused: its other readers could use it here. */
  readonly otherAudiences: readonly string[];
  /** Programs that people sign in with. */
  readonly clients: readonly string[];
  readonly services: readonly ConfiguredService[];
  readonly algorithms: readonly SignatureAlgorithm[];
  /** `at+jwt` (RFC 9068), or `any` for issuers that set no type on access tokens. */
  readonly tokenType: 'at+jwt' | 'any';
  readonly claims: ClaimNames;
  /** Whoever has one of these roles is an admin. */
  readonly adminRoles: readonly string[];
  readonly freshSignIn: DurationMs;
  /** Null: disabled people are told by SCIM, so nobody need prove themselves again. */
  readonly reproveWithin: DurationMs | null;
  /** No token may live longer. */
  readonly maxTokenLife: DurationMs;
  /** How far the issuer's clock may be from ours. */
  readonly clockTolerance: DurationMs;
  /** Who was not seen for so long is not asked to approve. */
  readonly approversSeenWithin: DurationMs;
  readonly holidays: readonly string[];
};
