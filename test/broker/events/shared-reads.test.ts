import { expect, it } from 'vitest';
import { shareReads } from '#broker/events/shared-reads.ts';

/** Reads that end when they are told to. */
function openReads() {
  const begun: { readonly key: string; readonly end: PromiseWithResolvers<string> }[] = [];
  const read = shareReads(async (key: string) => {
    const end = Promise.withResolvers<string>();
    begun.push({ key, end });
    return await end.promise;
  });
  return { read, begun };
}

const turn = async (): Promise<void> => await new Promise((resolve) => void setImmediate(resolve));

it('who asks while a read runs shares the next one, never one that began before they asked', async () => {
  const { read, begun } = openReads();
  const first = read('a');
  const later = [read('a'), read('a'), read('a')];
  await turn();
  expect(begun).toHaveLength(1);
  begun[0]?.end.resolve('old');
  expect(await first).toBe('old');
  await turn();
  expect(begun).toHaveLength(2);
  const latest = read('a');
  begun[1]?.end.resolve('new');
  expect(await Promise.all(later)).toEqual(['new', 'new', 'new']);
  await turn();
  expect(begun).toHaveLength(3);
  begun[2]?.end.resolve('newest');
  expect(await latest).toBe('newest');
  await turn();
  const alone = read('a');
  begun[3]?.end.resolve('alone');
  expect(await alone).toBe('alone');
});

it('keys do not wait for each other', async () => {
  const { read, begun } = openReads();
  const [a, b] = [read('a'), read('b')];
  begun[1]?.end.resolve('b');
  expect(await b).toBe('b');
  begun[0]?.end.resolve('a');
  expect(await a).toBe('a');
});

it('a read that failed fails those who share it, and nobody after', async () => {
  const { read, begun } = openReads();
  const [first, second] = [read('a'), read('a')];
  const outcomes = Promise.allSettled([first, second]);
  begun[0]?.end.reject(new Error('gone'));
  await turn();
  begun[1]?.end.resolve('back');
  expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
});
