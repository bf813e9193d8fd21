// All issuers by name, with a time limit on each step; and the sweep that ends what a crash or a
// restore has left at databases.
import type { Resource } from '#shared/contracts/catalog.ts';
import { MINUTE_MS, type DurationMs } from '#shared/domain/time.ts';
import { inOrder } from './in-order.ts';
import type { Issuer } from './issuer.ts';
import { createJwtIssuer, type JwtIssuerDeps } from './jwt.ts';
import { createPostgresIssuer, type PostgresIssuerDeps } from './postgres/postgres.ts';
import { withTimeLimit } from './time-limit.ts';

export type IssuersDeps = JwtIssuerDeps &
  PostgresIssuerDeps & {
    readonly stepLimitMs: DurationMs;
    readonly wrap: (issuer: Issuer) => Issuer;
    readonly onTrouble: (error: unknown, where: string) => void;
  };

export type Issuers = {
  readonly of: (name: Resource['issuer']) => Issuer;
  /** See PostgresIssuer. */
  readonly endOrphans: () => Promise<number>;
  /** Sweeps now and then; gives the way to stop. */
  readonly keepSwept: () => () => Promise<void>;
};

const SWEEP_EVERY_MS = 5 * MINUTE_MS;

export function openIssuers(deps: IssuersDeps): Issuers {
  const postgres = createPostgresIssuer(deps);
  const byName: Readonly<Record<Resource['issuer'], Issuer>> = {
    // A late token is handed to nobody and lives nowhere: its end need not wait for it.
    jwt: withTimeLimit(deps.wrap(createJwtIssuer(deps)), deps.stepLimitMs),
    // In order within the limit, so that a late login is still waited for by whoever ends it.
    postgres: withTimeLimit(inOrder(deps.wrap(postgres)), deps.stepLimitMs),
  };
  return {
    of: (name) => byName[name],
    endOrphans: postgres.endOrphans,
    keepSwept: () => {
      let sweep: Promise<unknown> = Promise.resolve();
      const begin = (): void => {
        sweep = postgres.endOrphans().catch((error: unknown) => deps.onTrouble(error, 'orphaned logins'));
      };
      begin();
      const timer = setInterval(begin, SWEEP_EVERY_MS);
      timer.unref();
      return async () => {
        clearInterval(timer);
        await sweep;
      };
    },
  };
}
