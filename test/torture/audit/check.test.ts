// The check of an audit torture must see what it is for: each test spoils one thing and wants it found.
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { signCheckpoint } from '#shared/audit/checkpoint.ts';
import { logSigner } from '#shared/audit/log-key.ts';
import type { AppendBody } from '#shared/contracts/audit-api.ts';
import { createDesktopLog, numbered, signerOfDevice } from '#test/support/desktop-log.ts';
import { expectOk, openWorld, type World } from '#test/support/broker-world.ts';
import { checkAudit, type Findings } from './check.ts';
import { readAnswer } from './claims.ts';
import type { Kept } from './kept.ts';
import type { Answer, Call } from './network.ts';
import { createWitness } from './unkept.ts';
import { readStoredLogs, type Select, type StoredLogs, type StoredRecord } from './stored-logs.ts';

let world: World;
let kept: Kept;
/** What the broker answered to the two calls. */
let said: readonly (readonly [Call, Answer])[];

const select: Select = async (statement) =>
  (await sql.raw<Record<string, unknown>>(statement).execute(world.store().read)).rows;

beforeAll(async () => {
  world = await openWorld();
  const ana = await world.as('ana');
  const log = createDesktopLog(signerOfDevice(await world.deviceKey('ana')));
  log.add(...numbered(0, 20));
  const answers: (readonly [Call, Answer])[] = [];
  for (const [from, to] of [
    [0, 8],
    [8, 20],
  ] as const) {
    const sent = await log.batch(from, to);
    answers.push(exchanged(sent, 200, expectOk(await ana.appendAudit(sent))));
  }
  said = answers;
  const { ledger } = world.broker();
  const note = (await ledger.checkpoint()) ?? '';
  const folder = join(world.folder, 'export');
  await ledger.exportTo(folder);
  const stored = await readStoredLogs(select);
  const numbers = Array.from({ length: 20 }, (_, number) => number);
  kept = {
    stored,
    journals: new Map([['desktop-1', { begun: numbers, committed: numbers }]]),
    givenUp: new Set(),
    notes: new Set([note]),
    claims: said.flatMap(([call, answer]) => readAnswer(call, answer).claims),
    ownLogOf: () => stored.desktops[0]?.origin ?? null,
    delivered: [],
    ledgerFingerprint: ledger.keyFingerprint,
    exports: [{ name: 'broker', folder, fingerprint: ledger.keyFingerprint }],
  };
});
afterAll(async () => await world.close());

function exchanged(sent: AppendBody, status: number, answered: unknown): readonly [Call, Answer] {
  const call = { name: 'desktop-1', method: 'POST', path: '/v1/audit/append', headers: {} };
  return [
    { ...call, body: Buffer.from(JSON.stringify(sent)) },
    { status, headers: {}, body: Buffer.from(JSON.stringify(answered)) },
  ];
}

const NOTHING = {
  lost: [],
  doubled: [],
  unwritten: [],
  disordered: [],
  gaps: [],
  unkept: [],
  undelivered: [],
  faults: [],
};

async function found(over: Partial<Kept>): Promise<Omit<Findings, 'records' | 'epochs' | 'committed'>> {
  const { records: _all, epochs: _epochs, committed: _committed, ...findings } = await checkAudit({ ...kept, ...over });
  return findings;
}

async function stored(over: Partial<StoredLogs>): ReturnType<typeof found> {
  return await found({ stored: { ...kept.stored, ...over } });
}

const changed = (change: (records: StoredRecord[]) => unknown): readonly StoredRecord[] => {
  const records = [...kept.stored.desktops];
  change(records);
  return records;
};

it('finds nothing in what is whole', async () => {
  expect(await found({})).toEqual(NOTHING);
});

it('sees a committed record that is not there, unless a disk took it', async () => {
  const journals = new Map([['desktop-1', { begun: [...Array(21).keys()], committed: [...Array(21).keys()] }]]);
  expect(await found({ journals })).toEqual({ ...NOTHING, lost: ['record 20'] });
  expect(await found({ journals, givenUp: new Set([20]) })).toEqual(NOTHING);
  const begun = new Map([['desktop-1', { begun: [...Array(21).keys()], committed: [...Array(20).keys()] }]]);
  expect(await found({ journals: begun })).toEqual(NOTHING);
});

it('sees a record that nobody wrote', async () => {
  const journals = new Map([['desktop-1', { begun: [...Array(19).keys()], committed: [...Array(19).keys()] }]]);
  expect(await found({ journals })).toEqual({ ...NOTHING, unwritten: ['record 19'] });
});

it('sees a record twice, in another epoch too, by its number and by its id', async () => {
  const [again] = kept.stored.desktops;
  if (again === undefined) throw new Error('no record');
  const desktops = changed((records) => records.push({ ...again, epoch: 2 }));
  expect((await stored({ desktops })).doubled).toEqual(['record 0', 'the record with the id evt_salt_0']);
});

it('sees a record that is missing in the middle or at the end, and what its tree says of it', async () => {
  const gaps = (await stored({ desktops: changed((records) => records.splice(5, 1)) })).gaps;
  expect(gaps).toEqual([expect.stringContaining('5 is missing before 6')]);
  const cut = await stored({ desktops: changed((records) => records.pop()) });
  expect(cut.gaps).toEqual([expect.stringContaining('ends with 19, its head says 20')]);
  expect(cut.faults).toEqual([expect.stringContaining('its records are not what was signed')]);
  expect((await stored({ ledger: kept.stored.ledger.slice(0, -1) })).gaps).toHaveLength(1);
});

it('sees records in another order, and one that was changed', async () => {
  const swapped = changed((records) => {
    const [first, second] = records as [StoredRecord, StoredRecord];
    records[0] = { ...first, canonical: second.canonical };
    records[1] = { ...second, canonical: first.canonical };
  });
  const seen = await stored({ desktops: swapped });
  expect(seen.disordered).toEqual(['record 0 comes after record 1']);
  expect(seen.faults).toHaveLength(1);
});

it('sees a head that the device did not sign, or that the ledger does not have on record', async () => {
  const [epoch] = kept.stored.epochs;
  if (epoch === undefined) throw new Error('no epoch');
  const root = Buffer.alloc(32, 7).toString('base64');
  const { faults } = await stored({ epochs: [{ ...epoch, root }] });
  expect(faults).toEqual([
    expect.stringContaining('its head is not what was signed'),
    expect.stringContaining("the ledger's last word"),
  ]);
});

it('sees a ledger that is not what somebody was given of it', async () => {
  const signer = logSigner(world.keys.ledger);
  const { origin } = world.broker().ledger;
  const note = signCheckpoint({ origin, size: 3, root: Buffer.alloc(32, 7) }, signer);
  expect((await found({ notes: new Set([note]) })).faults).toEqual(['the ledger forked before its record 3']);
  const longer = signCheckpoint({ origin, size: 3000, root: Buffer.alloc(32, 7) }, signer);
  expect((await found({ notes: new Set([longer]) })).faults).toEqual(['the ledger forked before its record 3000']);
});

it('sees an export that does not verify, and records that still wait', async () => {
  const [{ name, folder }] = kept.exports as [Kept['exports'][number]];
  const exports = [...kept.exports, { name, folder, fingerprint: '00' }];
  expect((await found({ exports })).faults).toEqual([expect.stringContaining('another_key')]);
  expect((await stored({ waiting: 2 })).faults).toEqual(['2 records wait for their place in the ledger']);
});

it('sees an acknowledgement of what is not stored, or of other records, at the end', async () => {
  const [first] = kept.stored.desktops;
  if (first === undefined) throw new Error('no record');
  const log = `${first.origin} epoch 1`;
  const cut = await stored({ desktops: changed((records) => records.pop()) });
  expect(cut.unkept).toEqual([`${log}: 20 records were acknowledged, 19 are there`]);
  const spoilt = await stored({ desktops: changed((records) => (records[9] = { ...first, sequence: 9 })) });
  expect(spoilt.unkept).toEqual([`${log}: other records than the 20 acknowledged`]);
  const ledger = await stored({ ledger: kept.stored.ledger.slice(0, -1) });
  expect(ledger.unkept).toEqual([expect.stringMatching(/^the ledger: \d+ records were acknowledged, \d+ are there$/)]);
});

it('sees at the death of a broker what it acknowledged and had not stored, though a later call would bring it', async () => {
  const witness = createWitness();
  for (const [call, answer] of said) witness.hear(call, answer);
  await witness.compare(async (look) => await look(select));
  expect(witness.unkept).toEqual([]);
  const [[call], last] = said as [(typeof said)[number], (typeof said)[number]];
  const ahead = { ...JSON.parse(last[1].body.toString()), next: 21 };
  witness.hear(call, { status: 200, headers: {}, body: Buffer.from(JSON.stringify(ahead)) });
  await witness.compare(async (look) => await look(select));
  expect(witness.unkept).toEqual([expect.stringContaining('21 records were acknowledged, 20 are there')]);
});

it('holds a broker whose disk was put back to what that disk has', async () => {
  const witness = createWitness();
  for (const [call, answer] of said) witness.hear(call, answer);
  await witness.compare(async (look) => await look(select));
  const all = witness.claims().length;
  const older: Select = async (statement) => {
    const isOfLog = statement.includes('desktop_records');
    const text = isOfLog
      ? statement.replace('desktop_records', '(select * from desktop_records where sequence < 8)')
      : statement;
    return await select(text);
  };
  await witness.forgive(async (look) => await look(older));
  expect(witness.claims().length).toBe(all - 1);
  await witness.compare(async (look) => await look(older));
  expect(witness.unkept).toEqual([]);
});

it('sees a record that never came to a sink', async () => {
  const records = ['evt_1', 'evt_2'];
  const got = (...has: readonly string[]) => [{ sink: 'the file', records, has: new Set(has) }];
  expect((await found({ delivered: got('evt_2', 'evt_1', 'evt_0') })).undelivered).toEqual([]);
  const undelivered = ['the file never got the record with the id evt_2'];
  expect(await found({ delivered: got('evt_1') })).toEqual({ ...NOTHING, undelivered });
});
