import { afterEach, expect, it } from 'vitest';
import { outboxSource } from '#electron/agent/sinks/outbox-source.ts';
import type { SinkCursor, SinkSource } from '#shared/sinks/sinks.ts';
import { anotherSigner, appendNumbered, openTestOutbox, SIGNER, type TestOutbox } from '../outbox/open-test-outbox.ts';

const open: TestOutbox[] = [];
afterEach(async () => {
  for (const { close } of open.splice(0)) await close();
});

async function openHere(options?: Parameters<typeof openTestOutbox>[1]): Promise<TestOutbox & { source: SinkSource }> {
  const opened = await openTestOutbox(':memory:', options);
  open.push(opened);
  return { ...opened, source: outboxSource(opened.store, opened.outbox) };
}

const what = (text: string): string =>
  /"credential":"crd_(\d+)"/.exec(text)?.[1] ?? /"event_code":"([a-z_.]+)"/.exec(text)?.[1] ?? 'unknown';

/** Everything from a cursor on, in pages of so many, as a sink reads it. */
async function readAll(source: SinkSource, limit: number, from: SinkCursor | null = null): Promise<string[]> {
  const found: string[] = [];
  let cursor = from;
  for (;;) {
    const page = await source.after(cursor, limit);
    expect(page.length).toBeLessThanOrEqual(limit);
    const last = page.at(-1);
    if (last === undefined) return found;
    found.push(...page.map(({ at, canonical }) => `${at.epoch}/${at.sequence} ${what(canonical)}`));
    expect(await source.countAfter(cursor)).toBe(page.length + (await source.countAfter(last.at)));
    cursor = last.at;
  }
}

const ALL = ['1/0 0', '1/1 1', '1/2 2', '1/3 3', '2/0 epoch.opened', '2/1 2', '2/2 3', '2/3 4'];

it('gives every record of every epoch once and in order, whatever the page', async () => {
  const desk = await openHere();
  await appendNumbered(desk, 0, 4);
  const root = Buffer.alloc(32, 1).toString('base64');
  await desk.outbox.openEpoch({
    code: 'restored',
    epoch: 2,
    witnessed: { epoch: 1, size: 2, root },
    carryFrom: { epoch: 1, sequence: 2 },
    except: new Set(),
  });
  await appendNumbered(desk, 4, 5);
  for (const limit of [1, 3, 4, 100]) expect(await readAll(desk.source, limit)).toEqual(ALL);
  const [, second] = await desk.source.after(null, 2);
  if (second === undefined) throw new Error('there is no second record');
  expect(await readAll(desk.source, 2, second.at)).toEqual(ALL.slice(2));
  expect(await desk.source.at(second.at)).toEqual(second);
  // Carried over under its own id, at its new place.
  const [third] = await desk.source.after(second.at, 1);
  const again = await desk.source.at({ ...second.at, epoch: 2, sequence: 1 });
  expect([again?.uid, again?.at.epoch]).toEqual([third?.uid, 2]);
  expect(await desk.source.at({ ...second.at, sequence: 99 })).toBeNull();
});

it('goes on under another key after all of the key before, although both count their epochs from one', async () => {
  const desk = await openHere();
  await appendNumbered(desk, 0, 2);
  const signer = anotherSigner();
  await desk.outbox.useKey(signer);
  await appendNumbered(desk, 2, 3);
  const found = await desk.source.after(null, 100);
  expect(found.map(({ canonical }) => what(canonical))).toEqual(['0', '1', 'epoch.opened', '2']);
  const origins = found.map(({ at }) => at.origin);
  expect(new Set(origins.slice(2))).toEqual(new Set([`daypass.desktop/${signer.publicKey.thumbprint}`]));
  expect(origins[0]).not.toBe(origins[2]);
  expect(await desk.source.countAfter(found[1]?.at ?? null)).toBe(2);
});

it('never takes records of a new epoch for those of the one that ended while it read', async () => {
  const desk = await openHere();
  await appendNumbered(desk, 0, 3);
  const root = Buffer.alloc(32, 1).toString('base64');
  let ended = false;
  const read = desk.store.read.withPlugin({
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      // Right after it was read which epochs there are.
      if (!ended) {
        ended = true;
        await desk.outbox.openEpoch({
          code: 'restored',
          epoch: 2,
          witnessed: { epoch: 1, size: 0, root },
          carryFrom: { epoch: 1, sequence: 0 },
          except: new Set(),
        });
      }
      return result;
    },
  });
  const found = await outboxSource({ read }, desk.outbox).after(null, 100);
  expect(found.map(({ at, canonical }) => `${at.epoch} ${what(canonical)}`)).toEqual([
    ...['0', '1', '2'].map((number) => `1 ${number}`),
    ...['epoch.opened', '0', '1', '2'].map((each) => `2 ${each}`),
  ]);
});

it('gives what waited for the device key once it has its place, and says that it came', async () => {
  const desk = await openHere({ signer: null });
  await appendNumbered(desk, 0, 2);
  let told = 0;
  desk.source.subscribe(() => (told += 1));
  expect(await desk.source.after(null, 10)).toEqual([]);
  expect(await desk.source.countAfter(null)).toBe(0);
  expect(await desk.source.checkpoint()).toBeNull();
  await desk.outbox.useKey(SIGNER);
  expect((await desk.source.after(null, 10)).map(({ canonical }) => what(canonical))).toEqual(['0', '1']);
  expect(told).toBeGreaterThan(0);
  expect(await desk.source.checkpoint()).toContain('\n2\n');
});

it('begins anew after a place that this log does not know: twice is better than never', async () => {
  const desk = await openHere();
  await appendNumbered(desk, 0, 2);
  const nowhere = { origin: 'daypass.desktop/another', epoch: 7, sequence: 1 };
  expect(await desk.source.after(nowhere, 10)).toHaveLength(2);
  expect(await desk.source.countAfter(nowhere)).toBe(2);
});
