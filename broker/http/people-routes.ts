// The routes about who may come in at all: administrators disable people, a directory tells of accounts (SCIM).
import { z } from 'zod';
import { revokeBodySchema } from '#shared/contracts/broker-api.ts';
import { disabledViewSchema } from '#shared/contracts/people-api.ts';
import {
  SCIM_MEDIA,
  scimListQuerySchema,
  scimListSchema,
  scimPatchBodySchema,
  scimUserBodySchema,
  scimUserSchema,
} from '#shared/contracts/scim-api.ts';
import { json, read, write } from './route-parts.ts';

const scim = <S extends z.ZodType>(schema: S): { readonly type: 'scim'; readonly schema: S } => ({
  type: 'scim',
  schema,
});
/** What a directory calls: services with `provisioning` alone, in SCIM's own words. */
const scimRead = { ...read, who: 'provisioning', media: SCIM_MEDIA } as const;

export const PEOPLE_ROUTES = {
  disablePerson: {
    ...write,
    path: '/v1/people/:id/disable',
    who: 'admin',
    body: json(revokeBodySchema),
    answers: { 200: disabledViewSchema },
    summary: 'End everything of a person, and let them in no more',
  },
  enablePerson: {
    ...write,
    path: '/v1/people/:id/enable',
    who: 'admin',
    body: json(revokeBodySchema),
    answers: { 200: disabledViewSchema },
    summary: 'Let a disabled person sign in again; what ended stays ended',
  },
  scimConfig: {
    ...scimRead,
    path: '/scim/v2/ServiceProviderConfig',
    answers: { 200: z.record(z.string(), z.unknown()) },
    summary: 'What of SCIM is spoken here',
  },
  scimResourceTypes: {
    ...scimRead,
    path: '/scim/v2/ResourceTypes',
    answers: { 200: scimListSchema },
    summary: 'The kinds of SCIM resources',
  },
  scimSchemas: {
    ...scimRead,
    path: '/scim/v2/Schemas',
    answers: { 200: scimListSchema },
    summary: 'The attributes of SCIM resources',
  },
  scimListUsers: {
    ...scimRead,
    path: '/scim/v2/Users',
    query: scimListQuerySchema,
    answers: { 200: scimListSchema },
    summary: 'Provisioned accounts; filter userName, externalId or id with eq',
  },
  scimCreateUser: {
    ...scimRead,
    method: 'POST',
    path: '/scim/v2/Users',
    body: scim(scimUserBodySchema),
    answers: { 201: scimUserSchema },
    summary: 'Tell of an account, also before it ever signed in',
  },
  scimGetUser: { ...scimRead, path: '/scim/v2/Users/:id', answers: { 200: scimUserSchema }, summary: 'One account' },
  scimReplaceUser: {
    ...scimRead,
    method: 'PUT',
    path: '/scim/v2/Users/:id',
    body: scim(scimUserBodySchema),
    answers: { 200: scimUserSchema },
    summary: 'Say anew what is true of an account; active: false ends everything of it',
  },
  scimPatchUser: {
    ...scimRead,
    method: 'PATCH',
    path: '/scim/v2/Users/:id',
    body: scim(scimPatchBodySchema),
    answers: { 200: scimUserSchema },
    summary: 'Change an account; active: false ends everything of it',
  },
  scimRemoveUser: {
    ...scimRead,
    method: 'DELETE',
    path: '/scim/v2/Users/:id',
    answers: { 204: null },
    summary: 'Disable an account for good',
  },
} as const;
