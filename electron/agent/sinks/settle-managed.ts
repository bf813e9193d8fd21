// Brings the organisation's sinks of today into what this data area has: each change is on record, once. A person's sink
// that has the name of one of theirs gives way: nobody shadows what the organisation set.
import type { Sink } from '#shared/contracts/sinks.ts';
import { isDeepStrictEqual } from 'node:util';
import { namedIn, type KeptSinks } from './kept-sinks.ts';
import { referenceOf, type SinkSecrets } from './sink-secrets.ts';

/** Throws when the store does not take it: then they are used all the same, and it is on record at a later start. */
export async function settleManaged(
  kept: KeptSinks,
  secrets: Pick<SinkSecrets, 'drop'>,
  managed: readonly Sink[],
): Promise<void> {
  for (const sink of managed) await settleOne(kept, secrets, sink);
  const names = new Set(managed.map(({ name }) => name));
  for (const { sink, managed: isTheirs } of kept.all()) {
    if (!isTheirs || names.has(sink.name)) continue;
    await kept.put(sink.name, null, { kind: 'sink.removed', data: namedIn(sink, true) }, 'desktop');
  }
}

async function settleOne(kept: KeptSinks, secrets: Pick<SinkSecrets, 'drop'>, sink: Sink): Promise<void> {
  const { name } = sink;
  const before = kept.all().find((each) => each.sink.name === name);
  if (before?.managed === true && isDeepStrictEqual(before.sink, sink)) return;
  if (before?.managed === false) {
    await kept.put(
      name,
      null,
      { kind: 'sink.removed', data: { ...namedIn(before.sink, false), by: 'organisation' } },
      'desktop',
    );
    const reference = referenceOf(before.sink);
    if (reference !== null) await secrets.drop(reference);
  }
  const kind = before?.managed === true ? 'sink.changed' : 'sink.added';
  const next = { sink, managed: true, told: before?.managed === true && before.told };
  await kept.put(name, next, { kind, data: namedIn(sink, true) }, 'desktop');
}
