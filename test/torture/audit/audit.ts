// Tortures the audit trail on this machine and says what came of it: what `npm run torture -- audit` and its specs run.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deviceSigner } from '#electron/agent/outbox/device-signer.ts';
import { logSigner } from '#shared/audit/log-key.ts';
import { createBrokerClient } from '#shared/client/broker-client.ts';
import type { DeviceKey } from '#shared/device/device-proof.ts';
import { outboxOrigin } from '#shared/domain/outbox-origin.ts';
import { type Cast, playAct } from './act.ts';
import { changeDisks, type Given } from './between-acts.ts';
import { type BrokerDisk, postgresDisk, sqliteDisk } from './broker-disk.ts';
import { bundlePrograms } from './bundle.ts';
import { createBrokerMember, createDesktop, type Member, type Stage, writerOf } from './cast.ts';
import { checkAudit, type Findings } from './check.ts';
import { type Hardness, hardnessOf, isHardEnough } from './hardness.ts';
import { readJournals } from './journal.ts';
import type { Kept } from './kept.ts';
import { openDeviceKey, readDeviceKey, resigner } from './key-files.ts';
import { type Network, openNetwork } from './network.ts';
import { planActs } from './plan.ts';
import { createSeenAtCuts, lookAtCut, type SeenAtCuts } from './power-cut.ts';
import { exportOf, rest } from './rest.ts';
import { uidsInFiles } from './sink-files.ts';
import { openSinkReceiver, type SinkReceiver } from './sink-receiver.ts';
import { readStoredLogs } from './stored-logs.ts';
import type { ToldStore } from './told.ts';
import { uidOf } from './uid.ts';
import { createWitness, type Witness } from './unkept.ts';

export type AuditTorture = {
  readonly kills: number;
  readonly seed?: number;
  /** Default: 3. */
  readonly desktops?: number;
  /** What the broker keeps its ledger in. Default: sqlite. */
  readonly store?: ToldStore['kind'];
  readonly onKills?: (done: number) => void;
};

export type AuditReport = Findings & {
  readonly ok: boolean;
  readonly seed: number;
  readonly hardness: Hardness;
  /** What the processes themselves said, and how often. */
  readonly troubles: ReadonlyMap<string, number>;
};

/** Of the kills that were asked for, so many more at most are done until the run was hard enough. */
const MOST_TIMES = 3;

export async function tortureAudit(options: AuditTorture): Promise<AuditReport> {
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 31);
  await using opened = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'daypass-torture-'));
  opened.defer(() => rmSync(folder, { recursive: true, force: true }));
  for (const part of ['journals', 'exports', 'sinks', 'keys']) mkdirSync(join(folder, part));
  const witness = createWitness();
  const sign = resigner(join(folder, 'keys'));
  const network: Network = opened.use(
    await openNetwork({ seed, sign: async (call) => await sign(call, network.url), hear: witness.hear }),
  );
  const receiver = opened.use(await openSinkReceiver(seed));
  const ledgerSeed = randomBytes(32);
  const brokerKeys = join(folder, 'broker-keys.json');
  const erasure = randomBytes(32).toString('hex');
  writeFileSync(brokerKeys, JSON.stringify({ ledger: ledgerSeed.toString('hex'), erasure }), { mode: 0o600 });
  const stage: Stage = {
    folder,
    seed,
    programs: await bundlePrograms(join(folder, 'programs')),
    network,
    brokerKeys,
    sinks: {
      url: receiver.url,
      secret: `whsec_${randomBytes(32).toString('base64')}`,
      file: join(folder, 'sinks', 'ledger.jsonl'),
    },
    ledgerFingerprint: logSigner(ledgerSeed).publicKey.fingerprint,
    troubles: new Map(),
  };
  const disk = opened.use(options.store === 'postgres' ? await postgresDisk() : sqliteDisk(join(folder, 'broker.db')));
  const cast = await openCast(stage, { disk, witness, receiver, desktops: options.desktops ?? 3 });
  opened.defer(async () => {
    for (const member of membersOf(cast)) await member.kill().catch(() => undefined);
  });
  const given: Given = { up: new Set(), putBack: 0, restores: 0 };
  const seen = createSeenAtCuts();
  await playAll(cast, options, seed, { given, seen, witness });
  receiver.heal();
  const notSynced = await rest(cast, folder);
  const stored = await disk.look(readStoredLogs);
  const uids = stored.ledger.map(({ canonical }) => uidOf(canonical));
  const found = await checkAudit({
    stored,
    journals: new Map(membersOf(cast).map(({ name }) => [name, readJournals(join(folder, 'journals'), name)])),
    givenUp: given.up,
    notes: witness.notes,
    claims: witness.claims(),
    ownLogOf: await ownLogs(cast),
    delivered: [
      { sink: 'the webhook', records: uids, has: receiver.has },
      { sink: 'the file', records: uids, has: uidsInFiles(stage.sinks.file) },
    ],
    ledgerFingerprint: stage.ledgerFingerprint,
    exports: [
      { ...named(cast.broker), fingerprint: stage.ledgerFingerprint },
      ...(await Promise.all(
        cast.desktops.map(async (desktop) => ({
          ...named(desktop),
          fingerprint: deviceSigner(await readDeviceKey(desktop.keyFile())).publicKey.fingerprint,
        })),
      )),
    ],
  });
  const faults = [...seen.faults, ...notSynced, ...found.faults];
  const unkept = [...witness.unkept, ...found.unkept];
  const hardness = hardnessOf(cast, given, seen);
  const { lost, doubled, unwritten, disordered, gaps, undelivered } = found;
  const isClean = [lost, doubled, unwritten, disordered, gaps, unkept, undelivered, faults].every(
    (list) => list.length === 0,
  );
  const ok = isClean && isHardEnough(hardness, options.kills);
  return { ...found, unkept, faults, ok, seed, hardness, troubles: stage.troubles };

  function named({ name }: Member) {
    return { name, folder: exportOf(folder, { name }) };
  }
}

function membersOf({ broker, desktops }: Cast): readonly Member[] {
  return [broker, ...desktops];
}

type Wanted = {
  readonly disk: BrokerDisk;
  readonly witness: Witness;
  readonly receiver: SinkReceiver;
  readonly desktops: number;
};

async function openCast(stage: Stage, { disk, witness, receiver, desktops }: Wanted): Promise<Cast> {
  const { network } = stage;
  const broker = createBrokerMember(stage, disk, witness);
  const cast = {
    broker,
    desktops: Array.from({ length: desktops }, (_, index) => createDesktop(stage, index + 1)),
    network,
    receiver,
  };
  const port = await broker.start({ clockMs: 0 }, true).ready;
  if (port === null) throw new Error(`the broker does not start: ${[...stage.troubles.keys()].join(', ')}`);
  for (const { name, keyFile } of cast.desktops) await enrol(network.url, port, name, await openDeviceKey(keyFile()));
  await broker.kill();
  broker.deaths.kills = 0;
  broker.deaths.inStart = 0;
  return cast;
}

/** Past the network: without an enrolled device there is nothing to torture. */
async function enrol(url: string, port: number, name: string, deviceKey: DeviceKey): Promise<void> {
  const client = createBrokerClient({
    fetch: async (request) => {
      const { pathname } = new URL(request.url);
      request.headers.set('authorization', `Bearer ${name}`);
      return await fetch(`http://127.0.0.1:${port}${pathname}`, { method: 'POST', headers: request.headers });
    },
    baseUrl: url,
    deviceKey,
    clock: { now: () => Date.now() },
  });
  const enrolled = await client.enrolDevice();
  if (!enrolled.ok) throw new Error(`${name} cannot enrol: ${JSON.stringify(enrolled.error)}`);
}

/** Of each number of a desktop: the log of the key that it was written under. */
async function ownLogs({ desktops }: Cast): Promise<Kept['ownLogOf']> {
  const origins = new Map<string, string>();
  for (const file of new Set(desktops.flatMap(({ keyFiles }) => keyFiles)))
    // Killed before it had made one, it wrote nothing.
    if (existsSync(file)) origins.set(file, outboxOrigin((await readDeviceKey(file)).device));
  return (number) => {
    const { index, life } = writerOf(number);
    return origins.get(desktops[index - 1]?.keyFiles[life] ?? '') ?? null;
  };
}

type Course = { readonly given: Given; readonly seen: SeenAtCuts; readonly witness: Witness };

async function playAll(
  cast: Cast,
  { kills, onKills }: AuditTorture,
  seed: number,
  { given, seen, witness }: Course,
): Promise<void> {
  for (const act of planActs(seed, cast.desktops.length)) {
    await playAct(cast, act);
    await lookAtCut(cast, seen);
    await changeDisks(cast, act, given, witness);
    const hardness = hardnessOf(cast, given, seen);
    onKills?.(hardness.kills);
    if (hardness.kills < kills) continue;
    if (isHardEnough(hardness, kills) || hardness.kills > MOST_TIMES * kills) return;
  }
}
