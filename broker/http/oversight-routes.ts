// The routes of owners and administrators, as a part of the one table in routes.ts.
import {
  accessReportSchema,
  answerChangeBodySchema,
  answeredChangeSchema,
  heldChangesViewSchema,
  reloadedSchema,
  answerFindingBodySchema,
  endedPersonSchema,
  endPersonBodySchema,
  findingViewSchema,
  peopleViewSchema,
  reportQuerySchema,
} from '#shared/contracts/oversight-api.ts';
import { desktopLogsViewSchema, forkEvidenceSchema, forkQuerySchema } from '#shared/contracts/audit-api.ts';
import { json, read, write } from './route-parts.ts';

export const OVERSIGHT_ROUTES = {
  people: {
    ...read,
    path: '/v1/people',
    who: 'admin',
    answers: { 200: peopleViewSchema },
    summary: 'The people that the broker knows, each with all their accounts',
  },
  endPerson: {
    ...write,
    path: '/v1/people/:id/end',
    owns: 'overseer',
    body: json(endPersonBodySchema),
    answers: { 200: endedPersonSchema },
    summary: 'End everything that a person has, on all accounts; an owner ends what is about their own resources',
  },
  accessReport: {
    ...read,
    path: '/v1/reports/access',
    query: reportQuerySchema,
    answers: { 200: accessReportSchema },
    summary: 'Who had what, when, why, used or not, and what was unusual about it; for owners and admins',
  },
  answerFinding: {
    ...write,
    path: '/v1/reports/findings/:id',
    owns: 'overseer',
    body: json(answerFindingBodySchema),
    answers: { 200: findingViewSchema },
    summary: 'Clear what was unusual, or say that it is followed up',
  },
  changes: {
    ...read,
    path: '/v1/changes',
    answers: { 200: heldChangesViewSchema },
    summary: 'Changes that wait for two people, as far as they are yours to agree to',
  },
  answerChange: {
    ...write,
    path: '/v1/changes/:id/answers',
    owns: 'overseer',
    body: json(answerChangeBodySchema),
    answers: { 200: answeredChangeSchema },
    summary: 'Agree to a change that weakens a guard or erases words, or end it; needs a fresh sign-in',
  },
  desktopLogs: {
    ...read,
    path: '/v1/audit/logs',
    who: 'admin',
    answers: { 200: desktopLogsViewSchema },
    summary: 'The desktops’ logs: whose, how far, last heard, and what went wrong with each',
  },
  desktopFork: {
    ...read,
    path: '/v1/audit/forks',
    who: 'admin',
    query: forkQuerySchema,
    answers: { 200: forkEvidenceSchema },
    summary: 'The whole evidence of one fork: what the desktop sent, and what was accepted before',
  },
  reloadConfiguration: {
    ...write,
    path: '/v1/configuration/reload',
    who: 'admin',
    answers: { 200: reloadedSchema },
    summary: 'Read catalog and policies again; what weakens a guard is held until two people agreed',
  },
} as const;
