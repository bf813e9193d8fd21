// The calls of owners and administrators, as parts of the broker client.
import type { z } from 'zod';
import { disabledViewSchema } from '../contracts/people-api.ts';
import {
  accessReportSchema,
  answeredChangeSchema,
  endedPersonSchema,
  findingViewSchema,
  heldChangesViewSchema,
  peopleViewSchema,
  reloadedSchema,
  type AccessReport,
  type AnsweredChange,
  type EndedPerson,
  type FindingAnswer,
  type FindingView,
  type HeldChangeView,
  type PersonView,
  type Reloaded,
} from '../contracts/oversight-api.ts';
import {
  auditSinksSchema,
  sinkResentSchema,
  sinkTestedSchema,
  type AuditSinks,
  type SinkResent,
  type SinkTested,
} from '../contracts/sinks-api.ts';
import {
  type DesktopLogView,
  desktopLogsViewSchema,
  type ForkEvidence,
  forkEvidenceSchema,
} from '../contracts/audit-api.ts';
import type { Problem } from '../contracts/problem.ts';
import { formatInstant, type EpochMs } from '../domain/time.ts';
import type { Result } from '../domain/result.ts';

type Reply<T> = Promise<Result<T, Problem>>;
type Query = Readonly<Record<string, string | number | undefined>>;

export type OversightCalls = {
  /** For administrators. */
  readonly people: () => Reply<{ readonly people: readonly PersonView[] }>;
  /** Ends everything that a person has, as far as it is the caller's to end. */
  readonly endPerson: (person: string, reason: string) => Reply<EndedPerson>;
  readonly setDisabled: (
    person: string,
    disabled: boolean,
    reason: string,
  ) => Reply<{ readonly person: string; readonly disabled: boolean }>;
  /** Times are epoch ms. `after` is `next` of the page before. */
  readonly accessReport: (query: {
    readonly fromMs: EpochMs;
    readonly toMs: EpochMs;
    readonly resource?: string;
    readonly person?: string;
    readonly onlyOpen?: boolean;
    readonly after?: string;
    readonly limit?: number;
  }) => Reply<AccessReport>;
  readonly answerFinding: (id: string, answer: FindingAnswer, note: string) => Reply<FindingView>;
  readonly changes: () => Reply<{ readonly changes: readonly HeldChangeView[] }>;
  readonly answerChange: (id: string, agree: boolean, reason: string) => Reply<AnsweredChange>;
  /** For administrators: the desktops' logs, what wants a look first. */
  readonly desktopLogs: () => Reply<{ readonly logs: readonly DesktopLogView[] }>;
  /** For administrators: one fork that a desktop signed, whole. */
  readonly desktopFork: (fork: {
    readonly origin: string;
    readonly epoch: number;
    readonly size: number;
    readonly root: string;
  }) => Reply<ForkEvidence>;
  /** Has the broker read its catalog and policies again. */
  readonly reloadConfiguration: () => Reply<Reloaded>;
  /** Where the ledger is sent to. */
  readonly sinks: () => Reply<AuditSinks>;
  readonly testSink: (name: string) => Reply<SinkTested>;
  /** Sends its dead letters once more. */
  readonly resendSink: (name: string) => Reply<SinkResent>;
};

/** How a call of the client is made. */
export type Callers = {
  readonly get: <S extends z.ZodType>(path: string, schema: S, query?: Query) => Reply<z.infer<S>>;
  readonly post: <S extends z.ZodType>(
    path: string,
    schema: S,
    more?: { readonly body?: unknown },
  ) => Reply<z.infer<S>>;
};

export function oversightCalls({ get, post }: Callers): OversightCalls {
  const person = (id: string, step: string): string => `/v1/people/${encodeURIComponent(id)}/${step}`;
  return {
    people: () => get('/v1/people', peopleViewSchema),
    endPerson: (id, reason) => post(person(id, 'end'), endedPersonSchema, { body: { reason } }),
    setDisabled: (id, disabled, reason) =>
      post(person(id, disabled ? 'disable' : 'enable'), disabledViewSchema, { body: { reason } }),
    accessReport: ({ fromMs, toMs, onlyOpen, ...query }) =>
      get('/v1/reports/access', accessReportSchema, {
        from: formatInstant(fromMs),
        to: formatInstant(toMs),
        ...(onlyOpen === true ? { onlyOpen: 'true' } : {}),
        ...query,
      }),
    answerFinding: (id, answer, note) =>
      post(`/v1/reports/findings/${encodeURIComponent(id)}`, findingViewSchema, { body: { answer, note } }),
    changes: () => get('/v1/changes', heldChangesViewSchema),
    answerChange: (id, agree, reason) =>
      post(`/v1/changes/${encodeURIComponent(id)}/answers`, answeredChangeSchema, { body: { agree, reason } }),
    desktopLogs: () => get('/v1/audit/logs', desktopLogsViewSchema),
    desktopFork: (fork) => get('/v1/audit/forks', forkEvidenceSchema, fork),
    reloadConfiguration: () => post('/v1/configuration/reload', reloadedSchema),
    sinks: () => get('/v1/audit/sinks', auditSinksSchema),
    testSink: (name) => post(`/v1/audit/sinks/${encodeURIComponent(name)}/test`, sinkTestedSchema),
    resendSink: (name) => post(`/v1/audit/sinks/${encodeURIComponent(name)}/resend`, sinkResentSchema),
  };
}
