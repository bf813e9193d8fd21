// What counts as a countersignature: every part of the claim by itself, on a ledger's tree of the test's own.
import { describe, expect, it } from 'vitest';
import { isCosigned } from '#electron/agent/outbox/is-cosigned.ts';
import { appendLeaves, EMPTY_FRONTIER, leafHash, rootOf } from '#shared/audit/merkle.ts';
import type { Cosignature } from '#shared/contracts/audit-api.ts';

const origin = `daypass.desktop/${'a'.repeat(43)}`;
const root = Buffer.alloc(32, 3);
const batch = {
  body: { origin, epoch: 2, firstSeq: 0, records: [], checkpoint: '', consistency: [] },
  size: 5,
  root,
};
const data = { origin, epoch: 2, size: 5, root: root.toString('base64') };
const SEQUENCE = 1;

type Said = { readonly kind?: string; readonly sequence?: number; readonly data?: Partial<typeof data> };

/** A ledger of three records, the second one of which says this, and the proof that it does. */
function shown(said: Said = {}) {
  const record = JSON.stringify({
    metadata: { event_code: said.kind ?? 'audit.appended', sequence: said.sequence ?? SEQUENCE },
    unmapped: { data: { ...data, ...said.data } },
  });
  const [first, second, third] = ['a', record, 'c'].map((text) => leafHash(Buffer.from(text)));
  if (first === undefined || second === undefined || third === undefined) throw new Error('three leaves');
  const tree = rootOf(appendLeaves(EMPTY_FRONTIER, [first, second, third]));
  const ledger = { origin: 'daypass.ledger/x', size: 3, root: tree };
  const proof = [first.toString('base64'), third.toString('base64')];
  const given: Cosignature = { sequence: SEQUENCE, record, proof };
  return { ledger, given };
}

describe('a countersignature', () => {
  it('is the ledger’s own record of this head, under its checkpoint', () => {
    const { ledger, given } = shown();
    expect(isCosigned(batch, given, ledger)).toBe(true);
  });

  it.each<[string, Said]>([
    ['of another log', { data: { origin: `daypass.desktop/${'b'.repeat(43)}` } }],
    ['of another epoch', { data: { epoch: 1 } }],
    ['of another size', { data: { size: 4 } }],
    ['of another tree', { data: { root: Buffer.alloc(32, 4).toString('base64') } }],
    ['of a fork that was refused', { kind: 'audit.forked' }],
    ['of another place in the ledger', { sequence: 2 }],
  ])('is not the record %s, also when it is in the ledger', (_what, said) => {
    const { ledger, given } = shown(said);
    expect(isCosigned(batch, given, ledger)).toBe(false);
  });

  it.each<[string, (honest: Cosignature) => Cosignature]>([
    ['with a proof of another place', (honest) => ({ ...honest, sequence: 2 })],
    ['with half a proof', (honest) => ({ ...honest, proof: honest.proof.slice(1) })],
    ['with a proof that is no hashes', (honest) => ({ ...honest, proof: ['AAAA', ...honest.proof.slice(1)] })],
    ['with one byte more', (honest) => ({ ...honest, record: `${honest.record} ` })],
    ['that is no record', (honest) => ({ ...honest, record: 'null' })],
    ['that is not JSON', (honest) => ({ ...honest, record: '{' })],
  ])('is nothing %s', (_what, lie) => {
    const { ledger, given } = shown();
    expect(isCosigned(batch, lie(given), ledger)).toBe(false);
  });
});
