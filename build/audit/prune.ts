// `audit prune`: shows what retention would prune now, by kind, and what legal holds keep; with --now prunes it. How much
// is what the configuration says: there is nothing to choose here.
import { parseArgs } from 'node:util';
import type { RetentionView } from '#shared/contracts/retention-api.ts';
import { DOOR_OPTIONS, must, throughDoor } from './broker-door.ts';

const PARTS = {
  words: 'words of requests that are over',
  records: 'bodies of ledger records',
  desktopRecords: 'bodies of records that desktops sent',
} as const satisfies Record<keyof RetentionView, string>;

/** Exit 0: shown, or pruned. */
export async function prune(args: readonly string[]): Promise<number> {
  const options = { ...DOOR_OPTIONS, now: { type: 'boolean', default: false } } as const;
  const { values } = parseArgs({ args: [...args], options });
  return await throughDoor(values, process.env, async (client) => {
    for (const line of shown(must(await client.retention()))) console.log(line);
    if (!values.now) return 0;
    const { words, records, desktopRecords } = must(await client.pruneNow());
    console.log(`pruned: ${words} requests and keys of words, ${records} ledger and ${desktopRecords} desktop records`);
    return 0;
  });
}

function shown(view: RetentionView): readonly string[] {
  return (['words', 'records', 'desktopRecords'] as const).flatMap((part) => {
    const what = view[part];
    if (what === null) return [`${PARTS[part]}: kept for ever`];
    const count = what.kinds.reduce((sum, one) => sum + one.count, 0);
    const held = what.held === 0 ? '' : `; a legal hold keeps ${what.held} more`;
    const kinds = what.kinds.map((one) => `  ${one.count} ${one.kind}`);
    return [`${PARTS[part]} of before ${what.before}: ${count} to prune${held}`, ...kinds];
  });
}
