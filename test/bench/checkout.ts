// From request to collected token, approved by policy, against the sum of what physically must happen.
import { generateKeyPairSync, randomUUID, sign, verify } from 'node:crypto';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { APPROVED, openBenchBroker } from '#test/support/bench-broker.ts';
import { expectOk } from '#test/support/broker-world.ts';
import { loadPolicyFolder } from '../../build/policy-folder.ts';
import { type Bench, goal, median, p99, rounded, timeEach } from './measure.ts';

const SOLO = path.resolve(import.meta.dirname, '../../examples/solo/policies');

/** Each alone on this machine, and how often a check-out needs it. */
type Part = { readonly times: number; readonly work: () => unknown };
type Parts = Readonly<Record<'commit' | 'sign' | 'verify' | 'decide', Part>>;

const WARM_UP = 30;
const ROUNDS = 10;

export const run: Bench = async ({ count = '300' }) => {
  const broker = await openBenchBroker();
  const database = new DatabaseSync(path.join(broker.folder, 'floor.sqlite'));
  try {
    const ana = await broker.client('ana');
    const checkOut = async (): Promise<void> => {
      const request = expectOk(await ana.submit(APPROVED, randomUUID()));
      expectOk(await ana.collect(request.id, randomUUID()));
    };
    const parts: Parts = { commit: durableCommit(database), ...ed25519(), decide: await approvedDecision() };
    await timeEach(WARM_UP, checkOut);
    const checkOuts: number[] = [];
    const samples: Record<keyof Parts, number[]> = { commit: [], sign: [], verify: [], decide: [] };
    const cpuBefore = process.cpuUsage();
    let cpuOfPartsMs = 0;
    // In turns, so that a slow moment of the machine meets all alike.
    for (let round = 0; round < ROUNDS; round += 1) {
      checkOuts.push(...(await timeEach(Number(count) / ROUNDS, checkOut)));
      const before = process.cpuUsage();
      for (const [name, { work }] of entriesOf(parts))
        samples[name].push(...(await timeEach(30, () => Promise.resolve(work()))));
      cpuOfPartsMs += cpuMs(before);
    }
    const cpuMsEach = (cpuMs(cpuBefore) - cpuOfPartsMs) / checkOuts.length;
    const partsMs = entriesOf(parts).reduce((sum, [name, { times }]) => sum + times * median(samples[name]), 0);
    const figures = rounded({
      p50Ms: median(checkOuts),
      p99Ms: p99(checkOuts),
      cpuMs: cpuMsEach,
      timesTheParts: median(checkOuts) / partsMs,
    });
    const floor = Object.fromEntries(entriesOf(parts).map(([name]) => [`${name}P50Ms`, median(samples[name])]));
    return {
      name: 'checkout',
      figures,
      floor: rounded({ ...floor, partsMs }),
      goals: [
        goal(figures, 'p50Ms', { atMost: 25 }),
        goal(figures, 'p99Ms', { atMost: 100 }),
        goal(figures, 'timesTheParts', { atMost: 2 }),
      ],
    };
  } finally {
    database.close();
    await broker.close();
  }
};

function entriesOf(parts: Parts): readonly (readonly [keyof Parts, Part])[] {
  return [
    ['commit', parts.commit],
    ['sign', parts.sign],
    ['verify', parts.verify],
    ['decide', parts.decide],
  ];
}

function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

/** A check-out waits for three: the request, the intent to issue, the active grant. Each is a few rows. */
function durableCommit(database: DatabaseSync): Part {
  database.exec(
    'pragma journal_mode = wal; pragma synchronous = full; create table rows (id integer primary key, body text)',
  );
  const insert = database.prepare('insert into rows (body) values (?)');
  const body = 'x'.repeat(1000);
  const work = (): void => {
    database.exec('begin immediate');
    for (let row = 0; row < 4; row += 1) insert.run(body);
    database.exec('commit');
  };
  return { times: 3, work };
}

/** The device proves itself at submit and at collect; the token is signed. */
function ed25519(): Pick<Parts, 'sign' | 'verify'> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const message = Buffer.alloc(400, 'x');
  const signature = sign(null, message, privateKey);
  return {
    sign: { times: 3, work: () => sign(null, message, privateKey) },
    verify: { times: 2, work: () => verify(null, message, publicKey, signature) },
  };
}

/** Policy is asked at submit, and again at collect. */
async function approvedDecision(): Promise<Part> {
  const loaded = await loadPolicyFolder(SOLO);
  if (!loaded.ok) throw new Error(loaded.error.join('\n'));
  const { engine, caseSets } = loaded.value;
  const people = caseSets.flatMap((set) => set.people);
  const approved = caseSets
    .flatMap(({ cases }) => cases.map(({ question }) => question))
    .find((question) => engine.decide(question, people).outcome === 'approved');
  if (approved === undefined) throw new Error('no solo case is approved at once');
  return { times: 2, work: () => engine.decide(approved, people) };
}
