// From request to collected token, approved by policy, against the sum of what physically must happen.
import { generateKeyPairSync, randomUUID, sign, verify } from 'node:crypto';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expectOk } from '#test/support/broker-world.ts';
import { type Bench, goal, median, p99, rounded, timeEach } from './measure.ts';
import { APPROVED, openBenchBroker } from '#test/support/bench-broker.ts';

/** Commits that a check-out waits for: the request, the intent to issue, the active grant. */
const COMMITS = 3;
/** Device proof of submit and of collect signed and verified, and the token signed. */
const SIGNATURES = 3;
const VERIFICATIONS = 2;
const WARM_UP = 30;

export const run: Bench = async ({ count = '300' }) => {
  const broker = await openBenchBroker();
  try {
    const ana = await broker.client('ana');
    const checkOut = async (): Promise<void> => {
      const request = expectOk(await ana.submit(APPROVED, randomUUID()));
      expectOk(await ana.collect(request.id, randomUUID()));
    };
    await timeEach(WARM_UP, checkOut);
    const checkOuts = await timeEach(Number(count), checkOut);
    const decisions = await timeEach(Number(count), async () => expectOk(await ana.dryRun(APPROVED)));
    const floor = { ...(await physicalParts(broker.folder)), dryRunP50Ms: median(decisions) };
    const sum =
      COMMITS * floor.commitP50Ms +
      SIGNATURES * floor.signP50Ms +
      VERIFICATIONS * floor.verifyP50Ms +
      floor.dryRunP50Ms;
    const figures = rounded({
      p50Ms: median(checkOuts),
      p99Ms: p99(checkOuts),
      timesTheParts: median(checkOuts) / sum,
    });
    return {
      name: 'checkout',
      figures,
      floor: rounded({ ...floor, partsMs: sum }),
      goals: [
        goal(figures, 'p50Ms', { atMost: 25 }),
        goal(figures, 'p99Ms', { atMost: 100 }),
        goal(figures, 'timesTheParts', { atMost: 2 }),
      ],
    };
  } finally {
    await broker.close();
  }
};

/** A durable commit of a few rows, and Ed25519, each alone on this machine in this run. */
async function physicalParts(folder: string): Promise<{ commitP50Ms: number; signP50Ms: number; verifyP50Ms: number }> {
  const database = new DatabaseSync(path.join(folder, 'floor.sqlite'));
  database.exec(
    'pragma journal_mode = wal; pragma synchronous = full; create table rows (id integer primary key, body text)',
  );
  const insert = database.prepare('insert into rows (body) values (?)');
  const body = 'x'.repeat(1000);
  const commits = await timeEach(300, () => {
    database.exec('begin immediate');
    for (let row = 0; row < 4; row += 1) insert.run(body);
    database.exec('commit');
    return Promise.resolve();
  });
  database.close();
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const message = Buffer.from(body);
  const signature = sign(null, message, privateKey);
  const signing = await timeEach(500, () => Promise.resolve(sign(null, message, privateKey)));
  const verifying = await timeEach(500, () => Promise.resolve(verify(null, message, publicKey, signature)));
  return { commitP50Ms: median(commits), signP50Ms: median(signing), verifyP50Ms: median(verifying) };
}
