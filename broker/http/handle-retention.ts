// The routes of retention, for administrators. What goes is what the configuration says: nobody is asked how much.
import { json } from './answer.ts';
import type { Handlers } from './handler.ts';

export const retentionHandlers: Handlers<'retention' | 'pruneNow'> = {
  retention: async ({ retention }) => json(await retention.preview()),
  pruneNow: async ({ retention }) => {
    const waits = await retention.waits();
    const pruned = waits === null ? await retention.runDue() : { words: 0, records: 0, desktopRecords: 0 };
    return json({ ...pruned, waits });
  },
};
