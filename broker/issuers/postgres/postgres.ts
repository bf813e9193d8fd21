// The issuer `postgres`: a login of its own for each credential, and proof from the server that it is gone.
import type { Resource } from '#shared/contracts/catalog.ts';
import type { ResourceId } from '#shared/domain/scope.ts';
import type { Clock } from '#shared/domain/time.ts';
import type { Issuer } from '#broker/issuers/issuer.ts';
import type { BrokerStore } from '#broker/store.ts';
import { createConnect, PostgresIssuerError } from './admin-connection.ts';
import { dropLogin } from './drop-login.ts';
import { endOrphanLogins } from './end-orphans.ts';
import { loginNames } from './login-name.ts';
import { endLoginRow, findServer, isWanted, keepLogin } from './login-rows.ts';
import { makeLogin } from './make-login.ts';
import { newPassword } from './scram-verifier.ts';

export type PostgresIssuerDeps = {
  /** The broker's own name: whose logins these are. */
  readonly issuerName: string;
  readonly store: BrokerStore;
  readonly clock: Clock;
  /** Reads the password of an admin login. */
  readonly secret: (reference: string) => Promise<string>;
  readonly resources: () => readonly Resource[];
  readonly resource: (id: ResourceId) => Resource | null;
};

export type PostgresIssuer = Issuer & {
  /**
   * Drops the logins of this broker that no grant bears, on every server of the catalog and of earlier logins: what a
   * crash or the restore of a backup left. Gives how many. Throws an AggregateError of what could not be asked.
   */
  readonly endOrphans: () => Promise<number>;
};

export function createPostgresIssuer(deps: PostgresIssuerDeps): PostgresIssuer {
  const connect = createConnect(deps.secret);
  const names = loginNames(deps.issuerName);
  return {
    name: 'postgres',
    // The server itself is asked: no session and no role are left when a revoke is done.
    revokeClass: () => ({ kind: 'instant' }),
    issue: async (order) => {
      const database = deps.resource(order.resource)?.database ?? null;
      if (database === null) throw new PostgresIssuerError('reading the catalog', 'no_database');
      const { credentialId, endsAtMs } = order;
      const login = names.nameOf(credentialId);
      const { password, verifier } = await newPassword();
      // Before the login: an end of it must know where to go.
      await keepLogin(deps.store, { credentialId, server: database, nowMs: deps.clock.now() });
      const toMake = { login, mark: names.markOf(credentialId), verifier, database, actions: order.actions, endsAtMs };
      await connect(database, null, async (connection) => await makeLogin(connection, toMake));
      if (!(await isWanted(deps.store.read, credentialId))) {
        await dropLogin(connect, { server: database, ...toMake });
        throw new PostgresIssuerError('making the login', 'ended_meanwhile');
      }
      const { host, port, name, sslmode } = database;
      return {
        kind: 'postgres_login',
        secret: password,
        expiresAtMs: endsAtMs,
        target: { host, port, database: name, user: login, sslmode },
      };
    },
    revoke: async (credentialId) => {
      const server = await endLoginRow(deps.store, { credentialId, nowMs: deps.clock.now() });
      if (server === null) return;
      await dropLogin(connect, { server, login: names.nameOf(credentialId), mark: names.markOf(credentialId) });
    },
    probe: async (credentialId) => {
      const server = await findServer(deps.store.read, credentialId);
      if (server === null) return 'refused';
      return await connect(server, null, async (connection) => {
        const [left] = await connection.run(
          'looking for what is left',
          `select exists (select from pg_roles where rolname = $1) or
                  exists (select from pg_stat_activity where usename = $1) as works`,
          [names.nameOf(credentialId)],
        );
        return left?.['works'] === false ? 'refused' : 'works';
      });
    },
    endOrphans: async () => await endOrphanLogins({ ...deps, connect, names }),
  };
}
