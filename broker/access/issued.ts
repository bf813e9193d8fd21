// A grant on its way to its holder: first intended and on record, then issued. `Collected` is where the secret is.
import type { EpochMs } from '#shared/domain/time.ts';
import type { IssuedCredential } from '#broker/issuers/issuer.ts';
import type { GrantRow } from './tables.ts';

/** A grant and the credential that is about to be issued for it, both durable already. */
export type Intended = { readonly grant: GrantRow; readonly credentialId: string; readonly startsAtMs: EpochMs };

/** What a collect gives. Handed to the caller once; never logged, never stored. */
export type Collected = {
  readonly grant: GrantRow;
  readonly credentialId: string;
  readonly credential: IssuedCredential;
};
