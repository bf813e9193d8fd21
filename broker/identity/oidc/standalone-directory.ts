// The directory of a team: principals are learned from verified access tokens of one issuer and kept in the database.
// Whoever never signed in here is unknown, and cannot be asked to approve.
import type { OidcIdentity } from '#shared/contracts/config.ts';
import type { Principal } from '#shared/domain/identity.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { Clock } from '#shared/domain/time.ts';
import type { Caller } from '#broker/identity/caller.ts';
import type { Authenticated, Directory, NotAuthenticated } from '#broker/identity/directory.ts';
import type { Ledger } from '#broker/ledger/ledger.ts';
import type { BrokerStore } from '#broker/store.ts';
import { createDirectoryMemory, type DirectoryMemory, type Known } from './directory-memory.ts';
import type { FetchJson } from './issuer-fetch.ts';
import { createIssuerKeys } from './issuer-keys.ts';
import { mapClaims } from './map-claims.ts';
import { readAuthorization } from './read-authorization.ts';
import { saysMore, storeAccount } from './store-account.ts';
import type { TokenRefusal } from './token-refusal.ts';
import { createTokenVerifier, type VerifiedToken, type VerifyToken } from './verify-token.ts';

export type StandaloneDirectoryOptions = {
  readonly oidc: OidcIdentity;
  readonly store: BrokerStore;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly clock: Clock;
  readonly hashKey: Uint8Array;
  readonly fetchJson: FetchJson;
  /** Told of every refusal by its finer reason, for log and counters. Never carries the token. */
  readonly onRefused: (reason: TokenRefusal | 'disabled') => void;
  /** Told when the issuer cannot be read; it is tried again. */
  readonly onTrouble: (error: unknown) => void;
};

/** Opens the directory with the accounts that are known, also while the issuer cannot be reached. */
export async function createStandaloneDirectory(options: StandaloneDirectoryOptions): Promise<Directory> {
  const { oidc, clock, store } = options;
  const listeners = new Set<() => void>();
  const memory = createDirectoryMemory({
    store,
    oidc,
    onChange: () => {
      for (const listener of listeners) listener();
    },
  });
  const keys = createIssuerKeys({ ...options, issuer: oidc.issuer });
  const verify = createTokenVerifier({ oidc, keys, clock });
  await memory.refresh();
  void keys.areKnown();
  return {
    mode: 'standalone',
    authenticate: async (caller) => await authenticate({ ...options, memory, verify }, caller),
    refresh: memory.refresh,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    isReady: keys.areKnown,
    freshSignInMs: oidc.freshSignIn,
    reproveWithinMs: oidc.reproveWithin,
    ...lookUps(oidc, clock, memory),
  };
}

type LookUps = Pick<
  Directory,
  'find' | 'people' | 'accounts' | 'deviceFacts' | 'holidays' | 'audiences' | 'mayProvision'
>;

const UNKNOWN_DEVICE = { managed: null, diskEncrypted: null, country: null } as const;

function lookUps(oidc: OidcIdentity, clock: Clock, memory: DirectoryMemory): LookUps {
  const enabled = (known: Known | null): Principal | null =>
    known === null || memory.isDisabled(known.principal) ? null : known.principal;
  const serviceOf = (subject: string) => {
    const principal = enabled(memory.find(subject));
    if (principal?.kind !== 'service') return null;
    return oidc.services.find(({ client }) => memory.findAccount(client)?.row.subject === subject) ?? null;
  };
  return {
    find: (subject) => enabled(memory.find(subject)),
    people: () => {
      const since = clock.now() - oidc.approversSeenWithin;
      return [...memory.all()].flatMap((known) => {
        const principal = known.row.seen_at_ms < since ? null : enabled(known);
        return principal?.kind === 'person' ? [principal] : [];
      });
    },
    accounts: () =>
      [...memory.all()].map(({ principal, row }) => ({
        principal,
        lastSeenAtMs: row.seen_at_ms,
        disabled: memory.isDisabled(principal),
      })),
    deviceFacts: (device) => (device === null ? null : memory.deviceFacts(device)) ?? UNKNOWN_DEVICE,
    holidays: () => oidc.holidays,
    audiences: (subject) => serviceOf(subject)?.audiences ?? [],
    mayProvision: (subject) => serviceOf(subject)?.provisioning === true,
  };
}

type Parts = StandaloneDirectoryOptions & { readonly memory: DirectoryMemory; readonly verify: VerifyToken };

async function authenticate(parts: Parts, caller: Caller): Promise<Result<Authenticated, NotAuthenticated>> {
  const presented = caller.kind === 'http' ? readAuthorization(caller.authorization) : null;
  if (presented === null) return err('no_credentials');
  const verified = await parts.verify(presented);
  if (!verified.ok)
    return verified.error === 'issuer_unreachable' ? err('unavailable') : refused(parts, verified.error);
  const known = await learn(parts, verified.value);
  if (!known.ok) return refused(parts, known.error);
  const { principal } = known.value;
  if (parts.memory.isDisabled(principal)) {
    parts.onRefused('disabled');
    return err('disabled');
  }
  return ok({ ...principal, authenticatedAtMs: verified.value.authTimeMs, token: tokenFacts(parts, verified.value) });
}

function refused(parts: Parts, reason: TokenRefusal): Result<never, NotAuthenticated> {
  parts.onRefused(reason);
  return err('invalid_token');
}

/** The account behind a verified token, as the newest of its tokens describes it. */
async function learn(parts: Parts, token: VerifiedToken): Promise<Result<Known, TokenRefusal>> {
  const { memory, oidc, clock } = parts;
  await memory.refresh();
  const known = memory.findAccount(token.externalId);
  if (known !== null && !saysMore(known.row, token, clock.now())) return ok(known);
  const facts = mapClaims(token, parts);
  if (!facts.ok) return facts;
  const row = await storeAccount({ ...parts, issuer: oidc.issuer }, { ...token, facts: facts.value });
  if (row.version === known?.row.version) memory.put(token.externalId, row);
  else await memory.refresh();
  const now = memory.findAccount(token.externalId);
  if (now === null) throw new Error('an account that was just stored is not in the directory');
  return ok(now);
}

function tokenFacts({ oidc }: Parts, token: VerifiedToken): Authenticated['token'] {
  const { hash, boundTo, issuedAtMs, expiresAtMs } = token;
  const provenUntilMs = oidc.reproveWithin === null ? expiresAtMs : issuedAtMs + oidc.reproveWithin;
  return { hash, boundTo, goodUntilMs: Math.min(expiresAtMs, provenUntilMs) };
}
