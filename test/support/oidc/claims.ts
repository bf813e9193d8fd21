// The one list of what an access token of the tests' provider says beside RFC 9068's own claims.
import type { Account, ServiceAccount } from './accounts.ts';

/** What the sign-in page proves: name and password, so one factor with a name of our own. */
export const ACR = 'urn:daypass:test:password';

export type SignIn = {
  /** When the person typed their password. */
  readonly atMs: number;
};

/** `auth_time` in whole seconds (OpenID Connect Core section 2), roles and teams as arrays, `contractor` as a boolean. */
export type PersonClaims = {
  readonly name: string;
  readonly person: string;
  readonly roles: readonly string[];
  readonly teams: readonly string[];
  readonly contractor: boolean;
  readonly zoneinfo: string;
  readonly auth_time: number;
  readonly acr: string;
};

export function personClaims(account: Account, signIn: SignIn): PersonClaims {
  const { name, person, roles, teams, contractor, zoneinfo } = account;
  return {
    name,
    person,
    roles: [...roles],
    teams: [...teams],
    contractor,
    zoneinfo,
    auth_time: Math.floor(signIn.atMs / 1000),
    acr: ACR,
  };
}

export type ServiceClaims = Pick<PersonClaims, 'name' | 'roles' | 'teams'>;

/** No `person` and no `auth_time`: nobody sat there. */
export function serviceClaims({ name, roles, teams }: ServiceAccount): ServiceClaims {
  return { name, roles: [...roles], teams: [...teams] };
}
