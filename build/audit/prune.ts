// `audit prune`: shows what retention would prune now, by kind, and what legal holds keep; with --now prunes it. How much
// is what the configuration says: there is nothing to choose here.
import { parseArgs } from 'node:util';
import type { RetentionView } from '#shared/contracts/retention-api.ts';
import { DOOR_OPTIONS, must, throughDoor } from './broker-door.ts';

const PARTS = {
  words: 'words of requests that are over',
  records: 'bodies of ledger records',
  desktopRecords: 'bodies of records that desktops sent',
} as const satisfies Record<Exclude<keyof RetentionView, 'waits'>, string>;
const WAITS = {
  unlisted_hold: 'a legal hold is on somebody who is not listed any more: list that person again, or release the hold',
  doubtful_clock: 'the ledger has no records of a day ago: is the clock right? Otherwise it goes on in a day',
} as const;

/** Exit 0: shown, or pruned; 1: nothing is pruned now. */
export async function prune(args: readonly string[]): Promise<number> {
  const options = { ...DOOR_OPTIONS, now: { type: 'boolean', default: false } } as const;
  const { values } = parseArgs({ args: [...args], options });
  return await throughDoor(values, process.env, async (client) => {
    for (const line of shown(must(await client.retention()))) console.log(line);
    if (!values.now) return 0;
    const { words, records, desktopRecords, waits } = must(await client.pruneNow());
    if (waits !== null) return 1;
    console.log(`pruned: ${words} requests and keys of words, ${records} ledger and ${desktopRecords} desktop records`);
    return 0;
  });
}

function shown(view: RetentionView): readonly string[] {
  const waits = view.waits === null ? [] : [`nothing is pruned now: ${WAITS[view.waits]}`];
  const parts = (['words', 'records', 'desktopRecords'] as const).flatMap((part) => {
    const what = view[part];
    if (what === null) return [`${PARTS[part]}: kept for ever`];
    const count = what.kinds.reduce((sum, one) => sum + one.count, 0);
    const held = what.held === 0 ? '' : `; a legal hold keeps ${what.held} more`;
    const kinds = what.kinds.map((one) => `  ${one.count} ${one.kind}`);
    return [`${PARTS[part]} of before ${what.before}: ${count} to prune${held}`, ...kinds];
  });
  return [...parts, ...waits];
}
