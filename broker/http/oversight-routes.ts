// The routes of owners and administrators, as a part of the one table in routes.ts.
import {
  accessReportSchema,
  answerFindingBodySchema,
  endedPersonSchema,
  endPersonBodySchema,
  findingViewSchema,
  peopleViewSchema,
  reportQuerySchema,
} from '#shared/contracts/oversight-api.ts';
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
} as const;
