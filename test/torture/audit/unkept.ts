// Holds the broker of an audit torture to its word: after each of its deaths its disk must have what it ever said that
// it has. A desktop would send it again with its next call, so the end of a run does not show it.
import { z } from 'zod';
import { type Claim, LEDGER, logName, readAnswer } from './claims.ts';
import type { Look } from './disks.ts';
import type { Answer, Call } from './network.ts';
import type { Select } from './stored-logs.ts';
import { emptyTree, grow, missingOf, type Tree } from './trees.ts';

export type Witness = {
  /** Of each answer that the broker gave, whatever became of it on its way. */
  readonly hear: (call: Call, answer: Answer) => void;
  /** Every checkpoint of the ledger that was given out. */
  readonly notes: ReadonlySet<string>;
  /** All that it is held to. */
  readonly claims: () => readonly Claim[];
  /** Compares what was said since the last time. The broker is dead. */
  readonly compare: (look: Look) => Promise<void>;
  /** Its disk was put back on purpose: what is not on it any more it is not held to. */
  readonly forgive: (look: Look) => Promise<void>;
  readonly unkept: readonly string[];
};

export function createWitness(): Witness {
  const notes = new Set<string>();
  const unkept: string[] = [];
  const kept = new Map<string, Claim>();
  let fresh: Claim[] = [];
  let trees = new Map<string, Tree>();

  return {
    hear: (call, answer) => {
      const said = readAnswer(call, answer);
      for (const note of said.notes) notes.add(note);
      fresh.push(...said.claims);
    },
    notes,
    claims: () => [...kept.values()],
    unkept,
    compare: async (look) => {
      const asked = fresh;
      fresh = [];
      if (asked.length === 0) return;
      await look(async (select) => await growAll(select, trees, asked));
      for (const claim of asked) {
        const missing = missingOf(claim, trees.get(claim.log));
        if (missing === null) kept.set(JSON.stringify(claim), claim);
        else unkept.push(missing);
      }
    },
    forgive: async (look) => {
      trees = new Map();
      await look(async (select) => await growAll(select, trees, [...kept.values()]));
      for (const [key, claim] of kept) if (missingOf(claim, trees.get(claim.log)) !== null) kept.delete(key);
    },
  };
}

const epochs = z.array(z.object({ origin: z.string(), epoch: z.coerce.number(), count: z.coerce.number() }));
const records = z.array(z.object({ canonical: z.string() }));

/** Reads on, in the logs that something was said of. */
async function growAll(select: Select, trees: Map<string, Tree>, about: readonly Claim[]): Promise<void> {
  const wanted = new Set(about.map(({ log }) => log));
  const read = async (log: string, count: number, from: string): Promise<void> => {
    const known = trees.get(log);
    // What was there and is not any more shows in the tree that is made of the rest.
    const tree = known === undefined || known.frontier.size > count ? emptyTree() : known;
    trees.set(log, tree);
    const rows = await select(`${from} and sequence >= ${tree.frontier.size} order by sequence`);
    grow(
      tree,
      records.parse(rows).map(({ canonical }) => canonical),
    );
  };
  if (wanted.has(LEDGER)) {
    const [row] = await select(`select count(*) as count from ledger_records`);
    await read(LEDGER, Number(row?.['count']), `select canonical from ledger_records where 1 = 1`);
  }
  const counts = await select(`select origin, epoch, count(*) as count from desktop_records group by origin, epoch`);
  for (const { origin, epoch, count } of epochs.parse(counts))
    if (wanted.has(logName({ origin, epoch })))
      await read(
        logName({ origin, epoch }),
        count,
        `select canonical from desktop_records where origin = '${origin}' and epoch = ${epoch}`,
      );
}
