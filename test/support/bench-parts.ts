// What physically must happen in a check-out, each part alone on this machine, for floors.
import { generateKeyPairSync, sign, verify } from 'node:crypto';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { loadPolicyFolder } from '../../build/policy-folder.ts';

const SOLO = path.resolve(import.meta.dirname, '../../examples/solo/policies');

export type PartName = 'commit' | 'sign' | 'verify' | 'decide';

export type BenchParts = {
  readonly work: Readonly<Record<PartName, () => unknown>>;
  readonly close: () => void;
};

/** Takes a folder on the disk that is measured. */
export async function openBenchParts(folder: string): Promise<BenchParts> {
  const decide = await approvedDecision();
  const database = new DatabaseSync(path.join(folder, 'floor.sqlite'));
  return {
    work: { commit: durableCommit(database), ...ed25519(), decide },
    close: () => database.close(),
  };
}

/** A transition and its records are a few rows. */
function durableCommit(database: DatabaseSync): () => void {
  database.exec(
    'pragma journal_mode = wal; pragma synchronous = full; create table rows (id integer primary key, body text)',
  );
  const insert = database.prepare('insert into rows (body) values (?)');
  const body = 'x'.repeat(1000);
  return () => {
    database.exec('begin immediate');
    for (let row = 0; row < 4; row += 1) insert.run(body);
    database.exec('commit');
  };
}

function ed25519(): Pick<BenchParts['work'], 'sign' | 'verify'> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const message = Buffer.alloc(400, 'x');
  const signature = sign(null, message, privateKey);
  return { sign: () => sign(null, message, privateKey), verify: () => verify(null, message, publicKey, signature) };
}

async function approvedDecision(): Promise<() => unknown> {
  const loaded = await loadPolicyFolder(SOLO);
  if (!loaded.ok) throw new Error(loaded.error.join('\n'));
  const { engine, caseSets } = loaded.value;
  const people = caseSets.flatMap((set) => set.people);
  const approved = caseSets
    .flatMap(({ cases }) => cases.map(({ question }) => question))
    .find((question) => engine.decide(question, people).outcome === 'approved');
  if (approved === undefined) throw new Error('no solo case is approved at once');
  return () => engine.decide(approved, people);
}
