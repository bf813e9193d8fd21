// The receiver of an audit torture's webhooks: it errs, keeps records and loses its answer, and refuses some records for
// what they are until it is mended. What it has is counted by the ids of the records.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRandom } from '../random.ts';
import { ERROR_CHANCE, LOST_CHANCE } from './fate.ts';
import { uidOf } from './uid.ts';

export type SinkCounts = { taken: number; errors: number; lostAnswers: number; refused: number };

export type SinkReceiver = AsyncDisposable & {
  readonly url: string;
  /** Ids of all records that it ever kept. */
  readonly has: ReadonlySet<string>;
  readonly counts: SinkCounts;
  /** From now on it takes everything. */
  readonly heal: () => void;
};

/** One record in so many is refused, and what travels with it. */
const REFUSED_IN = 64;

export async function openSinkReceiver(seed: number): Promise<SinkReceiver> {
  const random = createRandom(seed);
  const has = new Set<string>();
  const counts: SinkCounts = { taken: 0, errors: 0, lostAnswers: 0, refused: 0 };
  let healthy = false;

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const uids = (await readRecords(incoming)).map(uidOf);
    const drawn = healthy ? 1 : random.next();
    if (drawn < ERROR_CHANCE) {
      counts.errors += 1;
      if (random.chance(0.3)) return void outgoing.destroy();
      return void outgoing.writeHead(random.pick([429, 500, 503])).end();
    }
    if (!healthy && uids.some(isRefused)) {
      counts.refused += 1;
      return void outgoing.writeHead(400).end();
    }
    for (const uid of uids) has.add(uid);
    counts.taken += 1;
    if (drawn >= ERROR_CHANCE + LOST_CHANCE) return void outgoing.writeHead(204).end();
    counts.lostAnswers += 1;
    outgoing.destroy();
  }

  const server = createServer((incoming, outgoing) => {
    // Who sent it was killed over it.
    serve(incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/records`, // A TCP server has an address of this kind.
    has,
    counts,
    heal: () => {
      healthy = true;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readRecords(incoming: IncomingMessage): Promise<readonly string[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer); // A stream without an encoding gives buffers.
  // From nobody but the program that is tortured.
  const { data } = JSON.parse(Buffer.concat(chunks).toString()) as { data: { records: string[] } };
  return data.records;
}

/** Ids end with random characters. */
function isRefused(uid: string): boolean {
  return (
    Buffer.from(uid)
      .subarray(-8)
      .reduce((sum, byte) => sum * 31 + byte, 7) %
      REFUSED_IN ===
    0
  );
}
