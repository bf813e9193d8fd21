import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openCheckpoint } from '#shared/audit/checkpoint.ts';
import { logSigner } from '#shared/audit/log-key.ts';
import { verifyConsistency } from '#shared/audit/proof.ts';
import { verifyExport } from '#shared/audit/verify-export.ts';
import { startPostgres, type TestPostgres } from '#test/support/postgres.ts';
import type { LedgerOptions } from '#broker/ledger/create-ledger.ts';
import { openTestLedger, SEED, type TestLedger } from './open-test-ledger.ts';
import { numberedEvent } from './sample-events.ts';

const WRITER = fileURLToPath(new URL('./crash-writer.ts', import.meta.url));
const KILLS = 15;
const REPLICAS = 3;

let postgres: TestPostgres;
let url: string;
let folder: string;
const opened: TestLedger[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres.close();
});
beforeEach(async () => {
  url = await postgres.freshDatabase();
  folder = mkdtempSync(join(tmpdir(), 'daypass-test-'));
});
afterEach(async () => {
  for (const ledger of opened.splice(0)) await ledger.close();
  rmSync(folder, { recursive: true, force: true });
});

async function openHere(options?: Partial<LedgerOptions>): Promise<TestLedger> {
  const ledger = await openTestLedger(url, options);
  opened.push(ledger);
  return ledger;
}

async function append({ store, ledger }: TestLedger, number: number): Promise<void> {
  await store.transaction((tx) => ledger.append(tx, numberedEvent(number)));
}

async function useIds({ ledger }: TestLedger): Promise<string[]> {
  const records = await ledger.records({ limit: 1000 });
  return records.map(({ canonical }) => JSON.parse(canonical).unmapped.data.useId);
}

async function verified({ ledger }: TestLedger, sinceCheckpoint?: string): Promise<number> {
  await ledger.exportTo(join(folder, 'export'));
  const result = await verifyExport({
    folder: join(folder, 'export'),
    keyFingerprint: ledger.keyFingerprint,
    ...(sinceCheckpoint !== undefined && { sinceCheckpoint }),
  });
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value.records;
}

describe('replicas on one ledger', () => {
  it('change its key once, and who has the old one only reads on, and leaves the writing to the others', async () => {
    const old = await openHere();
    await append(old, 0);
    await old.ledger.settled();
    const options = { ledgerSeed: new Uint8Array(32).fill(8), previousSeeds: [SEED] };
    const changed = await Promise.all([openHere(options), openHere(options), openHere(options)]);
    for (let number = 1; number < 16; number += 1) await append([old, ...changed][number % 4] ?? old, number);
    for (const { ledger } of [old, ...changed]) {
      expect(await ledger.settled()).toBe(17);
      expect(await ledger.rotations()).toHaveLength(1);
      expect(ledger.publicKeyPem()).toBe(logSigner(options.ledgerSeed).publicKey.pem);
      expect(await ledger.checkpoint()).toBe(await old.ledger.checkpoint());
    }
    expect(await verified(old)).toBe(17);
    await old.close();
    opened.splice(opened.indexOf(old), 1);
    await expect(openHere()).rejects.toThrow('signed with key');
  });

  it('see at once what another one committed, in its order, whoever sequences it', async () => {
    const [one, two] = [await openHere(), await openHere()];
    for (let number = 0; number < 20; number += 1) {
      await append(number % 2 === 0 ? one : two, number);
      const other = number % 2 === 0 ? two : one;
      if (number % 5 === 0) expect(await other.ledger.settled()).toBe(number + 1);
      else expect(await useIds(other)).toContain(`use_${number}`);
    }
    const expected = Array.from({ length: 20 }, (_, number) => `use_${number}`);
    expect(await useIds(one)).toEqual(expected);
    expect(await useIds(two)).toEqual(expected);
    expect(await one.ledger.checkpoint()).toBe(await two.ledger.checkpoint());
    expect(await verified(two)).toBe(20);
  });

  it('are told of records by themselves, and give proofs for a checkpoint that another one signed', async () => {
    const [one, two] = [await openHere(), await openHere()];
    const heard: number[] = [];
    two.ledger.subscribe((last) => heard.push(last));
    for (let number = 0; number < 3; number += 1) await append(one, number);
    const size = await one.ledger.settled();
    expect(await two.ledger.inclusionProof(0, size)).toEqual(await one.ledger.inclusionProof(0, size));
    await append(one, 3);
    await expect.poll(() => heard.at(-1)).toBe(3);
    expect(two.ledger.size()).toBe(4);
    expect(heard).toEqual(heard.toSorted((a, b) => a - b));
  });

  it('find what a dead one committed and did not sequence', async () => {
    const dead = await openTestLedger(url);
    // Closed: nobody of it sequences any more, and its events lie in the intake.
    await dead.ledger.close();
    await append(dead, 7);
    await dead.store.close();
    const living = await openHere();
    const late = await openTestLedger(url);
    await late.ledger.close();
    await append(late, 8);
    await late.store.close();
    await expect.poll(() => living.ledger.size()).toBe(2);
    expect(await useIds(living)).toEqual(['use_7', 'use_8']);
  });

  it('are not held up by one that stopped in the middle of its step', async () => {
    const one = await openHere();
    let goOn: () => void = () => undefined;
    const stopped = new Promise<void>((resolve) => (goOn = resolve));
    // What a stopped process would hold: the row of the state. PostgreSQL ends such a session after some seconds.
    const stuck = one.store.transaction(async (tx) => {
      await tx.selectFrom('ledger_state').selectAll().forUpdate().execute();
      await stopped;
    });
    const error = stuck.catch((reason: unknown) => reason);
    const two = await openHere();
    await append(two, 1);
    expect(await two.ledger.settled()).toBe(1);
    goOn();
    expect(await error).toMatchObject({ code: 'io' });
  });
});

async function isOfThePast({ ledger }: TestLedger, note: string): Promise<boolean> {
  const key = logSigner(SEED).publicKey;
  const [then, now] = [openCheckpoint(note, key), openCheckpoint((await ledger.checkpoint()) ?? '', key)];
  if (!then.ok || !now.ok) return false;
  const proof = (await ledger.consistencyProof(then.value.size, now.value.size)) ?? [];
  return verifyConsistency({
    fromSize: then.value.size,
    toSize: now.value.size,
    fromRoot: then.value.root,
    toRoot: now.value.root,
    proof: proof.map((hash) => Buffer.from(hash, 'base64')),
  });
}

type Replica = { readonly child: ChildProcess; readonly acknowledged: number[]; readonly ended: Promise<void> };

function startReplica(firstNumber: number): Replica {
  const child = spawn(process.execPath, [WRITER, url, String(firstNumber), '4'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  const acknowledged: number[] = [];
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    const lines = output.split('\n');
    // The last line may be cut by the kill.
    output = lines.pop() ?? '';
    acknowledged.push(...lines.map(Number));
  });
  return { child, acknowledged, ended: new Promise((resolve) => child.on('close', () => resolve())) };
}

describe('replicas that are killed at any moment', () => {
  it('lose nothing that was acknowledged, double and reorder nothing, and leave one log that verifies', async () => {
    const witness = await openHere();
    const announced: number[] = [];
    witness.ledger.subscribe((last) => announced.push(last));
    let started = 0;
    const start = (): Replica => startReplica((started += 1) * 1_000_000);
    const all: Replica[] = [];
    const running = Array.from({ length: REPLICAS }, start);
    all.push(...running);
    const seen: string[] = [];
    for (let kill = 0; kill < KILLS; kill += 1) {
      // The one that has run longest: the others are still starting.
      const index = kill % REPLICAS;
      const victim = running[index];
      if (victim === undefined) throw new Error('no such replica');
      await expect.poll(() => victim.acknowledged.length, { interval: 10 }).toBeGreaterThan(0);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 60));
      victim.child.kill('SIGKILL');
      const next = start();
      running[index] = next;
      all.push(next);
      seen.push((await witness.ledger.checkpoint()) ?? '');
    }
    for (const { child } of running) child.kill('SIGKILL');
    for (const { ended } of all) await ended;

    const size = await witness.ledger.settled();
    const kinds = new Map<string, string[]>();
    for (let after = -1; after < size - 1; after += 1000) {
      for (const record of await witness.ledger.records({ afterSequence: after, limit: 1000 })) {
        const useId: string = JSON.parse(record.canonical).unmapped.data.useId;
        kinds.set(useId, [...(kinds.get(useId) ?? []), record.kind]);
      }
    }
    const acknowledged = all.flatMap((replica) => replica.acknowledged);
    expect(acknowledged.length).toBeGreaterThan(KILLS);
    expect(acknowledged.filter((number) => !kinds.has(`use_${number}`))).toEqual([]);
    expect([...kinds].filter(([, order]) => order.join() !== 'use.finished,use.interrupted')).toEqual([]);
    expect(await witness.store.read.selectFrom('ledger_intake').selectAll().execute()).toEqual([]);
    expect(announced).toEqual(announced.toSorted((a, b) => a - b));
    // No fork: every checkpoint that anybody signed on the way is of this tree's own past.
    for (const checkpoint of [seen[0], seen.at(-1)]) expect(await verified(witness, checkpoint)).toBe(size);
    for (const note of seen) expect(await isOfThePast(witness, note)).toBe(true);
  }, 120_000);
});
