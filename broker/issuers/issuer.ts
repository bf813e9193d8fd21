// What every issuer of credentials must do: issue, make worthless, and check from the resource's side that it is.
import type { Resource } from '#shared/contracts/catalog.ts';
import type { RevokeClass } from '#shared/domain/grant.ts';
import type { DeviceId, SubjectId } from '#shared/domain/identity.ts';
import type { ResourceId } from '#shared/domain/scope.ts';
import type { EpochMs } from '#shared/domain/time.ts';

export type CredentialOrder = {
  /** Random id of the credential (a token's `jti`); all that logs ever see of it. */
  readonly credentialId: string;
  readonly grantId: string;
  readonly subject: SubjectId;
  readonly device: DeviceId;
  readonly resource: ResourceId;
  readonly actions: readonly string[];
  readonly startsAtMs: EpochMs;
  /** The grant's end: the credential must not outlive it by a millisecond. */
  readonly endsAtMs: EpochMs;
  readonly policyHash: string;
};

/** Where a database login leads; no secret in it. */
export type DatabaseTarget = {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** libpq's `sslmode` for whoever connects. */
  readonly sslmode: 'disable' | 'require' | 'verify-ca' | 'verify-full';
};

/** `secret` is the token, or the password of the login. */
export type IssuedCredential = { readonly secret: string; readonly expiresAtMs: EpochMs } & (
  | { readonly kind: 'bearer_token' }
  | { readonly kind: 'postgres_login'; readonly target: DatabaseTarget }
);

export type Issuer = {
  readonly name: string;
  readonly revokeClass: (resource: Resource) => RevokeClass;
  readonly issue: (order: CredentialOrder) => Promise<IssuedCredential>;
  /** Makes the credential worthless. One that is already gone is a success. Throws when it could not. */
  readonly revoke: (credentialId: string) => Promise<void>;
  /** Asks the resource's side. Throws when it could not be asked: that is never "refused". */
  readonly probe: (credentialId: string) => Promise<'works' | 'refused'>;
  /**
   * Ends everything that this issuer ever made and that is still there. Called after a restore, when every grant that
   * the broker knows of is over. Absent: its credentials leave nothing behind at the resource.
   */
  readonly endOrphans?: () => Promise<void>;
};
