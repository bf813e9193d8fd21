// Tortures a whole team on this machine and says what came of it: what `npm run torture -- team` and its specs run.
import { brokerMigrations } from '#broker/migrations.ts';
import type { BrokerStore, Tables } from '#broker/store.ts';
import { openPostgres } from '#shared/store/postgres.ts';
import { ANA, anotherAccount, JO_AGAIN, JO_BERG, LEE, SAM, type Account } from '#test/support/oidc/accounts.ts';
import { withoutLimits } from '#test/support/team/limits.ts';
import { openTeam, type Team } from '#test/support/team/open-team.ts';
import { checkRun, type Findings } from './check-run.ts';
import type { Journal } from './journal.ts';
import { play, rest, type Disturb } from './play.ts';

export type TortureOptions = {
  readonly disturb: (team: Team) => Disturb;
  readonly requesters: number;
  readonly approvers: number;
  readonly replicas?: number;
  readonly seed?: number;
};

export type TortureReport = Findings & {
  readonly ok: boolean;
  readonly seed: number;
  readonly disturbances: number;
  readonly journal: Journal;
  /** What went wrong by the replicas' own words, when something was found. */
  readonly logs: string;
};

/** Opens a team, lets people work while it is disturbed, lets it come to rest, and checks everything. */
export async function torture(options: TortureOptions): Promise<TortureReport> {
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 31);
  const people = crowdOf(options);
  const accounts = [...people.requesters, ...people.approvers, people.admin];
  await using team = await openTeam({
    replicas: options.replicas ?? 2,
    provider: { accounts },
    edit: withoutLimits,
    manyStarts: true,
  });
  const world = { replicas: team.replicas, people, client: team.client };
  const { journal, disturbances } = await play(world, seed, options.disturb(team));
  await Promise.all(team.replicas.map(async (replica) => await replica.start()));
  const store = await openStore(team);
  try {
    await rest(store);
    const personOf = (sub: string): string => accounts.find(({ login }) => login === sub)?.person ?? sub;
    const found = await checkRun({ store, ledgerSeed: await team.ledgerSeed(), personOf, nowMs: Date.now() }, journal);
    const ok = [found.lost, found.doubled, found.outlived, found.faults].every((list) => list.length === 0);
    const logs = ok ? '' : team.replicas.map((replica) => `${replica.name}:\n${replica.troubles()}`).join('\n');
    return { ok, seed, disturbances, journal, logs, ...found };
  } finally {
    await store.close();
  }
}

function crowdOf({ requesters, approvers }: TortureOptions): {
  readonly requesters: readonly Account[];
  readonly approvers: readonly Account[];
  readonly admin: Account;
} {
  // Jo with two accounts and a third of the others own what is restricted, so that two approvals can come together.
  const more = Array.from({ length: Math.max(0, approvers - 3) }, (_, index) =>
    anotherAccount(`approver-${index}`, { roles: ['approver'], teams: [index % 3 === 0 ? 'records' : 'nlp'] }),
  );
  return {
    requesters: [ANA, ...Array.from({ length: requesters - 1 }, (_, index) => anotherAccount(`requester-${index}`))],
    approvers: [JO_BERG, JO_AGAIN, SAM, ...more],
    admin: LEE,
  };
}

async function openStore({ storeUrl }: Team): Promise<BrokerStore> {
  return await openPostgres<Tables>({ url: storeUrl, migrations: brokerMigrations, poolSize: 4 });
}
