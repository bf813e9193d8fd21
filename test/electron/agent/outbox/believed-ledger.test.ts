// What a receiver says of its own ledger, and how much of it is believed: each proof by itself, on a ledger of the test's
// own that says what the test wants.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acceptLedger } from '#electron/agent/outbox/accept-ledger.ts';
import { agreeOnRestore } from '#electron/agent/outbox/agree-on-restore.ts';
import { readAnnouncedEpochs } from '#electron/agent/outbox/announced-epochs.ts';
import type { AuditClient } from '#electron/agent/outbox/audit-client.ts';
import { followKey } from '#electron/agent/outbox/follow-key.ts';
import type { KeptHead } from '#electron/agent/outbox/judge-epochs.ts';
import { keepHead, readLedgerHistory } from '#electron/agent/outbox/ledger-history.ts';
import { readKnown, writeKnown } from '#electron/agent/outbox/sync-row.ts';
import { signCheckpoint } from '#shared/audit/checkpoint.ts';
import type { RotationLine } from '#shared/audit/key-rotations.ts';
import { logSigner } from '#shared/audit/log-key.ts';
import { appendLeaves, EMPTY_FRONTIER, leafHash, rootOf } from '#shared/audit/merkle.ts';
import { consistencyProof, inclusionProof } from '#shared/audit/proof.ts';
import { placeRecord, unplacedRecord } from '#shared/audit/record.ts';
import { joinSiblings, type SubtreeHash } from '#shared/audit/subtree.ts';
import { createBrokerClient } from '#shared/client/broker-client.ts';
import { PROBLEMS, type ProblemCode } from '#shared/contracts/problem.ts';
import { createDeviceKey } from '#shared/device/device-proof.ts';
import { err, ok } from '#shared/domain/result.ts';
import { SAMPLES } from '#test/broker/ledger/sample-events.ts';
import { NOW_MS, openTestOutbox, type TestOutbox } from './open-test-outbox.ts';

const SIGNER = logSigner(new Uint8Array(32).fill(31));
const FIRST = `daypass.ledger/${SIGNER.publicKey.thumbprint}`;
const LATER = `${FIRST}/2.AAAAAAAA`;
const clock = { now: () => NOW_MS };

const hashes = (lines: readonly string[]): Buffer[] => lines.map((line) => leafHash(Buffer.from(line)));
const treeOf = (lines: readonly string[]): Buffer => rootOf(appendLeaves(EMPTY_FRONTIER, hashes(lines)));
const headOf = (lines: readonly string[], origin: string) => ({ origin, size: lines.length, root: treeOf(lines) });
const noteOf = (lines: readonly string[], origin: string): string => signCheckpoint(headOf(lines, origin), SIGNER);
const kept = (lines: readonly string[], origin = FIRST): KeptHead => ({
  origin,
  size: lines.length,
  note: noteOf(lines, origin),
  key: SIGNER.publicKey.pem,
});

const OLD = ['a', 'b', 'c', 'd', 'e'];
/** The record that says how the ledger went on after these. */
function openingAfter(lines: readonly string[], root = treeOf(lines)): string {
  const sample = SAMPLES['ledger.epoch_opened'];
  const head = { size: lines.length, root: root.toString('base64') };
  const data = { ...sample.data, previousOrigin: FIRST, previousEpoch: 1, kept: head, lastKnown: head };
  const source = { origin: LATER, epoch: 2, bootId: 'boot' };
  return placeRecord(
    unplacedRecord({ ...sample, data }, source, { uid: 'evt_o', salt: 's', sealed: null }),
    lines.length,
  );
}
const restored = (opening = openingAfter(OLD)): string[] => [...OLD, opening, 'f'];

let deviceKey: Awaited<ReturnType<typeof createDeviceKey>>;
let desktop: TestOutbox;
beforeAll(async () => {
  deviceKey = await createDeviceKey({ extractable: true });
  desktop = await openTestOutbox();
});
afterAll(async () => await desktop.close());

type Lie = {
  readonly epochs?: readonly string[];
  readonly rotations?: readonly RotationLine[];
  readonly refuses?: ProblemCode;
};

/** A receiver with this ledger: every proof is of these lines, whatever it announces. */
function receiverOf(
  lines: readonly string[],
  { epochs = lines.slice(5, 6), rotations = [], refuses }: Lie = {},
): AuditClient {
  const leaves = hashes(lines);
  const hashOf: SubtreeHash = ({ level, position }) =>
    Promise.resolve(joinSiblings(leaves.slice(position * 2 ** level, (position + 1) * 2 ** level)));
  const shown = (proof: readonly Buffer[] | null): Response =>
    Response.json({ hashes: (proof ?? []).map((hash) => hash.toString('base64')) });
  const answer = async ({ pathname, searchParams }: URL): Promise<Response> => {
    const number = (name: string): number => Number(searchParams.get(name));
    switch (pathname.replace('/v1/audit/', '')) {
      case 'epochs':
        return Response.json({ epochs });
      case 'checkpoint':
        return new Response(noteOf(lines, LATER), { headers: { 'content-type': 'text/plain' } });
      case 'rotations':
        return Response.json({ rotations, key: SIGNER.publicKey.pem });
      case 'key':
        return new Response(SIGNER.publicKey.pem, { headers: { 'content-type': 'application/x-pem-file' } });
      case 'proof/inclusion':
        return shown(await inclusionProof(number('sequence'), number('size'), hashOf));
      default:
        return shown(await consistencyProof(number('from'), number('to'), hashOf));
    }
  };
  const refused = (code: ProblemCode): Response =>
    Response.json({ type: `urn:daypass:problem:${code}`, code, ...PROBLEMS[code] }, { status: PROBLEMS[code].status });
  return createBrokerClient({
    fetch: async (request) => {
      const url = new URL(request.url);
      return refuses !== undefined && url.pathname.includes('proof') ? refused(refuses) : await answer(url);
    },
    baseUrl: 'http://b.internal',
    deviceKey,
    clock,
  });
}

describe('a restore that a receiver announces', () => {
  it('is believed when it is in its tree, which begins with what was kept', async () => {
    const found = await readAnnouncedEpochs(receiverOf(restored()), headOf(restored(), LATER));
    expect(found).toMatchObject({ ok: true, value: [{ origin: LATER, sequence: 5, previousOrigin: FIRST }] });
  });

  it.each<[string, () => readonly string[], Lie]>([
    ['is not in its tree', () => restored('g'), { epochs: [openingAfter(OLD)] }],
    ['tells of another tree than it continues', () => restored(openingAfter(OLD, treeOf(OLD.toReversed()))), {}],
    ['is no announcement', restored, { epochs: ['{}'] }],
    ['is said to have no proof', restored, { refuses: 'not_found' }],
  ])('is not believed when it %s', async (_what, lines, lie) => {
    const found = await readAnnouncedEpochs(receiverOf(lines(), lie), headOf(lines(), LATER));
    expect(found).toEqual(err({ kind: 'unproven' }));
  });

  it('is asked for again when there was no answer', async () => {
    const silent = receiverOf(restored(), { refuses: 'unavailable' });
    expect(await readAnnouncedEpochs(silent, headOf(restored(), LATER))).toEqual(
      err({ kind: 'unanswered', code: 'unavailable' }),
    );
  });

  it('agrees as far as a checkpoint from before the backup proves, and with none of another tree', async () => {
    const seen = headOf(restored(), LATER);
    const old = headOf([...OLD, 'lost'], FIRST);
    const agreed = async (heads: readonly KeptHead[]) =>
      await agreeOnRestore(receiverOf(restored()), { history: { heads, openings: [] }, old, seen });
    expect(await agreed([kept(OLD.slice(0, 3)), kept([...OLD, 'lost'])])).toMatchObject({
      ok: true,
      value: { restored: { agreed: 3, survives: { size: 5 }, kept: { size: 6 } } },
    });
    expect(await agreed([kept(['a', 'b', 'x'])])).toEqual(err({ kind: 'differs', code: 'inconsistent' }));
  });
});

describe('a fingerprint that is known from elsewhere', () => {
  const retired = logSigner(new Uint8Array(32).fill(32));
  const stranger = logSigner(new Uint8Array(32).fill(33));
  const look = async (fingerprint: string, rotations: readonly RotationLine[]) =>
    await followKey(receiverOf([...OLD, 'f'], { rotations }), null, noteOf([...OLD, 'f'], FIRST), fingerprint);
  const handedOver = (by = retired): RotationLine => ({
    checkpoint: signCheckpoint(headOf(OLD, FIRST), by, SIGNER),
    key: by.publicKey.pem,
  });

  it('is that of the key, or of one that handed over to it', async () => {
    const key = { fingerprint: SIGNER.publicKey.fingerprint };
    expect(await look(SIGNER.publicKey.fingerprint, [])).toMatchObject({ ok: true, value: { key } });
    expect(await look(retired.publicKey.fingerprint, [handedOver()])).toMatchObject({ ok: true, value: { key } });
  });

  it.each<[string, readonly RotationLine[]]>([
    ['nobody handed over', []],
    ['another one handed over', [handedOver()]],
    ['the old key never signed that', [{ ...handedOver(), key: stranger.publicKey.pem }]],
  ])('is not met when %s', async (_what, rotations) => {
    expect(await look(stranger.publicKey.fingerprint, rotations)).toEqual(
      err({ kind: 'differs', code: 'another_key' }),
    );
  });
});

describe('a ledger that a person accepted', () => {
  it('begins a new line: what was kept before proves nothing any more, and the alarm is over', async () => {
    const { store, outbox } = desktop;
    const log = outbox.log();
    if (log === null) throw new Error('the test has a key');
    const before = { key: SIGNER.publicKey.pem, checkpoint: noteOf(OLD, FIRST) };
    await store.transaction(async (tx) => {
      await keepHead(tx, before, NOW_MS);
      const known = await readKnown(tx, log);
      const cosigned = { records: 3, atMs: NOW_MS };
      await writeKnown(tx, log, { ...known, ledger: before, alarm: 'another_ledger', cosigned });
    });
    expect((await readLedgerHistory(store.read, before)).heads.map(({ origin }) => origin)).toEqual([FIRST]);
    const other = ['x', 'y', 'z'];
    const parts = { store, outbox, clock, pin: {} };
    expect(await acceptLedger(parts, receiverOf(other, { epochs: [] }), log)).toEqual(ok(null));
    const known = await readKnown(store.read, log);
    expect(known).toMatchObject({ alarm: null, cosigned: null, ledger: { checkpoint: noteOf(other, LATER) } });
    const { heads } = await readLedgerHistory(store.read, known.ledger);
    expect(heads.map(({ origin, size }) => [origin, size])).toEqual([[LATER, 3]]);
  });
});
