// The routes of retention, for administrators. What goes is what the configuration says: nobody is asked how much.
import { json } from './answer.ts';
import type { Handlers } from './handler.ts';

export const retentionHandlers: Handlers<'retention' | 'pruneNow'> = {
  retention: async ({ retention }) => json(await retention.preview()),
  pruneNow: async ({ retention }) => json(await retention.runDue()),
};
