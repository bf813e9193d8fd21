// Records as an ExportLogsServiceRequest in the JSON of OTLP: 64-bit numbers are text, names are lowerCamelCase.
import type { EpochMs } from '../domain/time.ts';
import { recordFacts } from './record-facts.ts';
import type { SourcedRecord } from './sinks.ts';

/** Which program sends. */
export type Service = { readonly name: string; readonly version: string };

type Value = { readonly stringValue: string } | { readonly intValue: string };
type Attribute = { readonly key: string; readonly value: Value };

/** `severity_id` of OCSF, from unknown to fatal, as a SeverityNumber and in OCSF's own words. */
const SEVERITIES: Readonly<Record<number, { readonly number: number; readonly text: string }>> = {
  1: { number: 9, text: 'Informational' },
  2: { number: 13, text: 'Low' },
  3: { number: 14, text: 'Medium' },
  4: { number: 17, text: 'High' },
  5: { number: 18, text: 'Critical' },
  6: { number: 21, text: 'Fatal' },
};

export function otlpRequest(records: readonly SourcedRecord[], service: Service, nowMs: EpochMs): object {
  return {
    resourceLogs: [
      {
        resource: { attributes: [text('service.name', service.name), text('service.version', service.version)] },
        scopeLogs: [
          { scope: { name: 'daypass.audit' }, logRecords: records.map((record) => logRecord(record, nowMs)) },
        ],
      },
    ],
  };
}

function logRecord(record: SourcedRecord, nowMs: EpochMs): object {
  const facts = recordFacts(record);
  const severity = facts === null ? undefined : SEVERITIES[facts.severityId];
  return {
    ...(facts !== null && { timeUnixNano: nanos(facts.atMs), eventName: facts.kind }),
    observedTimeUnixNano: nanos(nowMs),
    ...(severity !== undefined && { severityNumber: severity.number, severityText: severity.text }),
    body: { stringValue: record.canonical },
    attributes: [
      // Records with the same one are the same record (semantic conventions of OpenTelemetry).
      text('log.record.uid', record.uid),
      text('daypass.log', record.at.origin),
      whole('daypass.epoch', record.at.epoch),
      whole('daypass.sequence', record.at.sequence),
      ...(facts === null ? [] : [whole('ocsf.class_uid', facts.classUid), whole('ocsf.type_uid', facts.typeUid)]),
    ],
  };
}

const text = (key: string, value: string): Attribute => ({ key, value: { stringValue: value } });
const whole = (key: string, value: number): Attribute => ({ key, value: { intValue: String(value) } });
const nanos = (atMs: EpochMs): string => (BigInt(Math.trunc(atMs)) * 1_000_000n).toString();
