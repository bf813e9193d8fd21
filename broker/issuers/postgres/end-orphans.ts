// Finds logins of this broker that no grant bears any more, and ends them.
import type { Resource } from '#shared/contracts/catalog.ts';
import type { DatabaseServer } from '#shared/contracts/database.ts';
import { canonicalJson } from '#shared/audit/canonical.ts';
import type { Clock } from '#shared/domain/time.ts';
import type { BrokerStore } from '#broker/store.ts';
import type { Connect } from './admin-connection.ts';
import { dropLogin } from './drop-login.ts';
import type { LoginNames } from './login-name.ts';
import { forgetEnded, knownServers, serverOf } from './login-rows.ts';

type Deps = {
  readonly store: BrokerStore;
  readonly clock: Clock;
  readonly connect: Connect;
  readonly names: LoginNames;
  readonly resources: () => readonly Resource[];
};

/** Gives how many were ended. One server that cannot be asked does not keep the others from their turn. */
export async function endOrphanLogins(deps: Deps): Promise<number> {
  const failures: unknown[] = [];
  const unswept: string[] = [];
  let ended = 0;
  for (const server of await serversOf(deps)) {
    try {
      ended += await endOn(deps, server);
    } catch (error) {
      failures.push(error);
      unswept.push(`${server.host}:${server.port}`);
    }
  }
  await forgetEnded(deps.store, deps.clock.now());
  if (failures.length > 0)
    throw new AggregateError(failures, `some database servers could not be swept: ${unswept.join(', ')}`);
  return ended;
}

async function serversOf({ store, resources }: Deps): Promise<readonly DatabaseServer[]> {
  const listed = resources().flatMap(({ database }) => (database === null ? [] : [serverOf(database)]));
  const all = [...listed, ...(await knownServers(store.read))];
  return [...new Map(all.map((server) => [canonicalJson(server), server])).values()];
}

async function endOn(deps: Deps, server: DatabaseServer): Promise<number> {
  const { connect, names } = deps;
  const logins = await connect(server, null, async (connection) =>
    connection.run('looking for logins', 'select rolname as name from pg_roles where starts_with(rolname, $1)', [
      names.prefix,
    ]),
  );
  const found = logins.flatMap(({ name }) => {
    const credentialId = names.credentialOf(String(name));
    return credentialId === null ? [] : [credentialId];
  });
  // Asked after the server: a login that is being made has its credential on record before.
  const borne = await borneOf(deps.store, found);
  const orphans = found.filter((credentialId) => !borne.has(credentialId));
  for (const credentialId of orphans)
    await dropLogin(connect, { server, login: names.nameOf(credentialId), mark: names.markOf(credentialId) });
  return orphans.length;
}

/** Those whose grant is on, or ends by itself at this moment. */
async function borneOf(store: BrokerStore, credentialIds: readonly string[]): Promise<ReadonlySet<string>> {
  const borne = new Set<string>();
  for (let start = 0; start < credentialIds.length; start += 500) {
    const rows = await store.read
      .selectFrom('credentials')
      .innerJoin('grants', 'grants.id', 'credentials.grant_id')
      .select('credentials.id')
      .where('credentials.id', 'in', credentialIds.slice(start, start + 500))
      .where('credentials.state', '!=', 'revoked')
      .where('grants.state', '!=', 'ended')
      .execute();
    for (const { id } of rows) borne.add(id);
  }
  return borne;
}
