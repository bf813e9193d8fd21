// The routes of retention, as a part of the one table in routes.ts.
import { prunedViewSchema, retentionViewSchema } from '#shared/contracts/retention-api.ts';
import { read, write } from './route-parts.ts';

export const RETENTION_ROUTES = {
  retention: {
    ...read,
    path: '/v1/retention',
    who: 'admin',
    answers: { 200: retentionViewSchema },
    summary: 'What retention would prune now, by kind, and what legal holds keep of it',
  },
  pruneNow: {
    ...write,
    path: '/v1/retention/prune',
    who: 'admin',
    answers: { 200: prunedViewSchema },
    summary: 'Prune now what the configuration says, as the broker does by itself every hour',
  },
} as const;
