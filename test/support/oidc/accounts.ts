// Who can sign in at the tests' OpenID provider: the people of examples/solo/daypass.yaml, Jo a second time, a service.
export type Account = {
  /** What is typed at the sign-in page, and the `sub` of the tokens. */
  readonly login: string;
  readonly password: string;
  readonly name: string;
  /** Accounts with the same person are one human. */
  readonly person: string;
  readonly roles: readonly string[];
  readonly teams: readonly string[];
  readonly contractor: boolean;
  readonly zoneinfo: string;
};

/** A client that signs in by itself with `client_credentials`. Its `sub` is its id (RFC 9068 section 2.2). */
export type ServiceAccount = {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly teams: readonly string[];
};

type Told = Omit<Account, 'password' | 'login'>;

function account(login: string, told: Told): Account {
  return { login, password: `${login} may come in`, ...told };
}

const JO: Told = {
  name: 'Jo Berg',
  person: 'jo',
  roles: ['approver'],
  teams: ['records'],
  contractor: false,
  zoneinfo: 'Europe/Oslo',
};

export const ANA = account('ana', {
  name: 'Ana Lima',
  person: 'ana',
  roles: ['data-scientist'],
  teams: ['vision'],
  contractor: false,
  zoneinfo: 'Europe/Lisbon',
});
export const JO_BERG = account('jo', JO);
/** The same human with another account: wherever people are counted, both count once. */
export const JO_AGAIN = account('jo.admin', JO);
export const SAM = account('sam', {
  name: 'Sam Okoye',
  person: 'sam',
  roles: ['approver'],
  teams: ['nlp'],
  contractor: false,
  zoneinfo: 'Europe/London',
});
export const KIM = account('kim', {
  name: 'Kim Seo',
  person: 'kim',
  roles: ['analyst'],
  teams: ['vision'],
  contractor: true,
  zoneinfo: 'Asia/Seoul',
});
export const LEE = account('lee', {
  name: 'Lee Novak',
  person: 'lee',
  roles: ['admin'],
  teams: ['security'],
  contractor: false,
  zoneinfo: 'Europe/Prague',
});

const OLU = account('olu', {
  name: 'Olu Ade',
  person: 'olu',
  roles: ['oncall'],
  teams: ['platform'],
  contractor: false,
  zoneinfo: 'Europe/Berlin',
});

export const ACCOUNTS: readonly Account[] = [ANA, JO_BERG, JO_AGAIN, SAM, KIM, LEE, OLU];

export const NIGHTLY: ServiceAccount = {
  clientId: 'nightly-report',
  clientSecret: 'the nightly report knows this and nobody else',
  name: 'Nightly report',
  roles: ['data-scientist'],
  teams: ['vision'],
};

/** Somebody new, of Ana's kind unless told otherwise: load tests need many people. */
export function anotherAccount(login: string, told: Partial<Told> = {}): Account {
  return account(login, {
    name: `Person ${login}`,
    person: login,
    roles: ['data-scientist'],
    teams: ['vision'],
    contractor: false,
    zoneinfo: 'Europe/Lisbon',
    ...told,
  });
}
