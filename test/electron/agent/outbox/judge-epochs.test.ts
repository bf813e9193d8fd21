// Which chains of announced restores are believed: every condition by itself, on plain values.
import { describe, expect, it } from 'vitest';
import { type EpochOpening, readOpening } from '#electron/agent/outbox/epoch-opening.ts';
import { judgeEpochs, type KeptHead, type LedgerHistory } from '#electron/agent/outbox/judge-epochs.ts';
import { err } from '#shared/domain/result.ts';
import { SAMPLES } from '#test/broker/ledger/sample-events.ts';
import { placeRecord, unplacedRecord } from '#shared/audit/record.ts';

const FIRST = `daypass.ledger/${'a'.repeat(43)}`;
const name = (epoch: number, tail = 'AAAAAAAA'): string => `${FIRST}/${epoch}.${tail}`;
const root = Buffer.alloc(32, 1).toString('base64');

/** The restore that began this epoch: at its time and place, from the name before. */
function opening(epoch: number, over: Partial<EpochOpening> = {}): EpochOpening {
  const sequence = epoch * 10;
  const previousOrigin = epoch === 2 ? FIRST : name(epoch - 1);
  const kept = { size: sequence, root };
  return {
    origin: name(epoch),
    sequence,
    openedAtMs: epoch * 1000,
    previousOrigin,
    kept,
    keptAtMs: null,
    canonical: '',
    ...over,
  };
}
const head = (origin: string, size: number): KeptHead => ({ origin, size, note: '', key: '' });
const NOTHING: LedgerHistory = { heads: [], openings: [] };
const refused = err('another_ledger');

describe('a ledger under another name', () => {
  it('is the one that was kept when each restore since was announced', () => {
    const judged = judgeEpochs(NOTHING, FIRST, name(3), [opening(2), opening(3)]);
    expect(judged).toMatchObject({ ok: true, value: { survivor: null } });
    expect(judged.ok ? judged.value.fresh.map(({ origin }) => origin) : []).toEqual([name(2), name(3)]);
  });

  it('is told only what was not known', () => {
    const history = { heads: [], openings: [opening(2)] };
    const judged = judgeEpochs(history, name(2), name(3), [opening(2), opening(3)]);
    expect(judged.ok ? judged.value.fresh.map(({ origin }) => origin) : []).toEqual([name(3)]);
  });

  it.each<[string, string, readonly EpochOpening[], LedgerHistory?]>([
    ['announces nothing', FIRST, []],
    ['announces another name than it has', FIRST, [opening(2)]],
    ['leaves out a restore', FIRST, [opening(3)]],
    ['leaves one out in between', FIRST, [opening(2), opening(3, { previousOrigin: name(2, 'BBBBBBBB') })]],
    ['announces two at one place', FIRST, [opening(2), opening(3, { sequence: 20 })]],
    ['announces them in another order than they happened', FIRST, [opening(2), opening(3, { openedAtMs: 1999 })]],
    ['began elsewhere', `daypass.ledger/${'b'.repeat(43)}`, [opening(2), opening(3)]],
    ['goes back to before what is kept', name(4), [opening(2), opening(3)], { heads: [], openings: [opening(4)] }],
    ['is the one that was kept', name(3), [opening(2), opening(3)], { heads: [], openings: [opening(3)] }],
    [
      'branches off from a name of before, no later than the one that is kept',
      name(4),
      [opening(2), opening(3, { openedAtMs: 4000 })],
      { heads: [], openings: [opening(2), opening(4)] },
    ],
    ['follows a later name of which nobody knows how it came', name(2), [opening(2), opening(3)]],
  ])('is another one when it %s', (_what, kept, chain, history = NOTHING) => {
    expect(judgeEpochs(history, kept, name(3), chain)).toEqual(refused);
  });

  it('has to continue the highest checkpoint that is from before what the backup kept', () => {
    const heads = [head(FIRST, 0), head(FIRST, 15), head(FIRST, 20), head(FIRST, 21), head(name(9), 19)];
    const survivorOf = (kept: readonly KeptHead[]) => {
      const judged = judgeEpochs({ heads: kept, openings: [] }, FIRST, name(3), [opening(2), opening(3)]);
      return judged.ok ? judged.value.survivor : null;
    };
    expect(survivorOf(heads)).toEqual(head(FIRST, 20));
    expect(survivorOf([head(FIRST, 0), head(FIRST, 21)])).toBeNull();
  });
});

describe('an announcement', () => {
  const source = { origin: name(2), epoch: 2, bootId: 'boot' };
  const parts = { uid: 'evt_x', salt: 'salt', sealed: null };
  function written(over: object, at: { readonly sequence?: number; readonly origin?: string } = {}): string {
    const sample = SAMPLES['ledger.epoch_opened'];
    const data = { ...sample.data, previousOrigin: FIRST, kept: { size: 20, root }, ...over };
    const record = unplacedRecord({ ...sample, data }, { ...source, origin: at.origin ?? source.origin }, parts);
    return placeRecord(record, at.sequence ?? 20);
  }

  it('says under which name the ledger goes on, from where, and what was kept', () => {
    expect(readOpening(written({}))).toMatchObject({ origin: name(2), sequence: 20, previousOrigin: FIRST });
  });

  it.each<[string, () => string]>([
    ['that stands elsewhere than where what was kept ends', () => written({}, { sequence: 21 })],
    ['of a name that does not follow', () => written({ previousOrigin: `daypass.ledger/${'b'.repeat(43)}` })],
    ['of its own name', () => written({ previousOrigin: name(2) })],
    [
      'that contradicts itself about its name',
      () => written({}).replace(`"log_name":"${name(2)}"`, `"log_name":"${FIRST}"`),
    ],
    ['of another kind', () => written({}).replaceAll('ledger.epoch_opened', 'ledger.heartbeat')],
    ['that is no record', () => '{}'],
  ])('is none %s', (_what, canonical) => {
    expect(readOpening(canonical())).toBeNull();
  });
});
