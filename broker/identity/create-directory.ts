// Chooses the directory by the mode of the broker: the users that its configuration lists, or those of an OpenID provider.
import type { Config } from '#shared/contracts/config.ts';
import type { Clock } from '#shared/domain/time.ts';
import type { Ledger } from '#broker/ledger/ledger.ts';
import type { BrokerStore } from '#broker/store.ts';
import type { Directory } from './directory.ts';
import { createEmbeddedDirectory } from './embedded-directory.ts';
import type { FetchJson } from './oidc/issuer-fetch.ts';
import { createStandaloneDirectory } from './oidc/standalone-directory.ts';
import type { TokenRefusal } from './oidc/token-refusal.ts';

export type DirectoryParts = {
  /** The broker's own name (`iss`), under which an embedded one keeps its accounts. */
  readonly issuer: string;
  readonly store: BrokerStore;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly hashKey: Uint8Array;
  readonly onTrouble: (error: unknown, where: string) => void;
  /** Reads a document of the issuer of people's tokens. */
  readonly fetchJson: FetchJson;
  /** Told why a token was refused; absent: it is trouble like any other. */
  readonly onRefused?: ((reason: TokenRefusal | 'disabled') => void) | undefined;
};

/** Why a token was refused, for the log; the message is one of few fixed words. */
class AccessTokenRefused extends Error {
  override readonly name = 'AccessTokenRefused';
}

/** Opens the directory. Throws when it cannot be had. */
export async function createDirectory(config: Config, parts: DirectoryParts): Promise<Directory> {
  if (config.mode === 'embedded')
    return await createEmbeddedDirectory({ ...parts, identity: config.identity.embedded });
  const { oidc } = config.identity;
  return await createStandaloneDirectory({
    ...parts,
    oidc,
    onRefused: parts.onRefused ?? ((reason) => parts.onTrouble(new AccessTokenRefused(reason), 'identity')),
    onTrouble: (error) => parts.onTrouble(error, 'identity provider'),
  });
}
