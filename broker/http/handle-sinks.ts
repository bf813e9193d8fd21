// The routes of the ledger's sinks, for administrators.
import { json, refused } from './answer.ts';
import type { Handlers } from './handler.ts';

type SinkRoute = 'auditSinks' | 'testSink' | 'resendSink';

const NO_SUCH_SINK = refused({ code: 'not_found', detail: 'There is no sink of that name.' });

export const sinkHandlers: Handlers<SinkRoute> = {
  auditSinks: ({ sinks }) => json({ sinks: [...sinks.status()] }),
  testSink: async ({ sinks }, { principal, id }) => {
    const tested = await sinks.test(id, principal.subject);
    if (tested.ok) return json({ code: null });
    return tested.error === 'no_such_sink' ? NO_SUCH_SINK : json({ code: tested.error });
  },
  resendSink: async ({ sinks }, { principal, id }) => {
    const resent = await sinks.resend(id, principal.subject);
    if (resent.ok) return json({ records: resent.value, code: null });
    return resent.error === 'no_such_sink' ? NO_SUCH_SINK : json({ records: 0, code: resent.error });
  },
};
