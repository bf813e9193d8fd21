// The routes of erasure and legal holds, as a part of the one table in routes.ts.
import {
  erasureReachSchema,
  erasuresQuerySchema,
  erasuresViewSchema,
  finishedErasuresSchema,
  holdBodySchema,
  legalHoldViewSchema,
  legalHoldsViewSchema,
} from '#shared/contracts/erasure-api.ts';
import { erasePersonBodySchema, heldChangeViewSchema } from '#shared/contracts/oversight-api.ts';
import { json, read, write } from './route-parts.ts';

export const ERASURE_ROUTES = {
  erasures: {
    ...read,
    path: '/v1/erasures',
    query: erasuresQuerySchema,
    answers: { 200: erasuresViewSchema },
    summary: 'Pseudonyms that were erased since: whoever kept something of these accounts forgets it',
  },
  finishedErasures: {
    ...read,
    path: '/v1/erasures/finished',
    who: 'admin',
    answers: { 200: finishedErasuresSchema },
    summary:
      'The erasures that were carried out: what each reached, who agreed, and which desktops have not heard of it',
  },
  erasureReach: {
    ...read,
    path: '/v1/people/:id/erasure',
    who: 'admin',
    answers: { 200: erasureReachSchema },
    summary: 'What the erasure of a person would reach, by place, and what holds it back',
  },
  erasePerson: {
    ...write,
    path: '/v1/people/:id/erase',
    who: 'admin',
    body: json(erasePersonBodySchema),
    answers: { 200: heldChangeViewSchema },
    summary: 'Propose to erase what a person wrote and is called; done when a second administrator agreed',
  },
  holds: {
    ...read,
    path: '/v1/holds',
    who: 'admin',
    answers: { 200: legalHoldsViewSchema },
    summary: 'The legal holds that stand, and why',
  },
  placeHold: {
    ...write,
    path: '/v1/people/:id/holds',
    who: 'admin',
    body: json(holdBodySchema),
    answers: { 200: legalHoldViewSchema },
    summary: 'Place a legal hold: nothing of the person is erased or pruned until it is released',
  },
  releaseHold: {
    ...write,
    path: '/v1/holds/:id/release',
    who: 'admin',
    body: json(holdBodySchema),
    answers: { 200: heldChangeViewSchema },
    summary: 'Propose to release a legal hold; done when a second administrator agreed',
  },
} as const;
