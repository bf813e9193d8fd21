// What receivers of sinks read from what they were sent.
import { readRecord } from '#shared/audit/record-fields.ts';
import { TEST_KIND } from '#shared/sinks/test-record.ts';
import type { Call } from './hostile-receiver.ts';

/** The exact bytes of the records in an OTLP call. */
export function otlpBodies(call: Call): readonly string[] {
  // Of our own making; what a decoder of the protocol makes of it is a spec of its own.
  const { resourceLogs } = JSON.parse(call.body) as {
    resourceLogs: { scopeLogs: { logRecords: { body: { stringValue: string } }[] }[] }[];
  };
  return resourceLogs.flatMap(({ scopeLogs }) =>
    scopeLogs.flatMap(({ logRecords }) => logRecords.map(({ body }) => body.stringValue)),
  );
}

export function webhookBodies(call: Call): readonly string[] {
  return (JSON.parse(call.body) as { data: { records: string[] } }).data.records;
}

/** The ids of real records; tests are left out. */
export function uidsOf(bodies: readonly string[]): readonly string[] {
  return bodies.flatMap((body) => {
    const fields = readRecord(body);
    if (fields !== null) return [fields.uid];
    if (!body.includes(`"event_code":"${TEST_KIND}"`)) throw new Error('neither a record nor a test');
    return [];
  });
}

/** Each id once, in the order of its first arrival. */
export function arrivals(calls: readonly Call[], bodiesOf: (call: Call) => readonly string[]): readonly string[] {
  return [...new Set(calls.flatMap((call) => uidsOf(bodiesOf(call))))];
}
