// The routes of the ledger's sinks, as a part of the one table in routes.ts.
import { auditSinksSchema, sinkResentSchema, sinkTestedSchema } from '#shared/contracts/sinks-api.ts';
import { read, write } from './route-parts.ts';

export const SINK_ROUTES = {
  auditSinks: {
    ...read,
    path: '/v1/audit/sinks',
    who: 'admin',
    answers: { 200: auditSinksSchema },
    summary: 'Where the ledger is sent to, how far each sink is, and what holds it up',
  },
  testSink: {
    ...write,
    path: '/v1/audit/sinks/:id/test',
    who: 'admin',
    answers: { 200: sinkTestedSchema },
    summary: 'Send one record that says that it is a test to the sink of this name',
  },
  resendSink: {
    ...write,
    path: '/v1/audit/sinks/:id/resend',
    who: 'admin',
    answers: { 200: sinkResentSchema },
    summary: 'Send once more what the sink of this name refused for good, at most 1,000 records a call',
  },
} as const;
