// SCIM 2.0 as far as the broker speaks it (RFC 7643, RFC 7644): which accounts exist and which of them are active.
// Everything else that a directory says of a person is accepted and not kept.
import { z } from 'zod';
import { whole } from './whole-number.ts';

export const SCIM_MEDIA = 'application/scim+json';
export const USER_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const LIST_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
export const PATCH_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
export const ERROR_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:Error';

/** Some directories send booleans as words. */
const active = z.union([
  z.boolean(),
  z
    .string()
    .regex(/^(?:true|false)$/i)
    .transform((word) => word.toLowerCase() === 'true'),
]);
const text = z.string().min(1).max(255);
const schemas = z.array(z.string().max(255)).min(1).max(16);

/** RFC 7643 section 4.1. `externalId` is the issuer's `sub` of the account. */
export const scimUserBodySchema = z.looseObject({
  schemas: schemas.refine((all) => all.includes(USER_SCHEMA), `must name ${USER_SCHEMA}`),
  userName: text,
  externalId: text.optional(),
  active: active.default(true),
});
export type ScimUserBody = z.output<typeof scimUserBodySchema>;

/** RFC 7644 section 3.5.2. */
export const scimPatchBodySchema = z.looseObject({
  schemas: schemas.refine((all) => all.includes(PATCH_SCHEMA), `must name ${PATCH_SCHEMA}`),
  Operations: z
    .array(
      z.looseObject({
        op: z.string().max(16),
        path: z.string().max(255).optional(),
        value: z.unknown(),
      }),
    )
    .min(1)
    .max(100),
});
export type ScimPatchBody = z.output<typeof scimPatchBodySchema>;

/** What a patch may say of `active` and `userName`. */
export const scimActiveSchema = active;
export const scimUserNameSchema = text;

export const scimListQuerySchema = z.strictObject({
  filter: z.string().max(600).optional(),
  startIndex: whole(1, 10_000_000).default(1),
  count: whole(0, 200).default(100),
  attributes: z.string().max(600).optional(),
  excludedAttributes: z.string().max(600).optional(),
});

export const scimUserSchema = z.object({
  schemas: z.array(z.string()),
  id: z.string(),
  externalId: z.string(),
  userName: z.string(),
  active: z.boolean(),
  meta: z.object({
    resourceType: z.literal('User'),
    created: z.string(),
    lastModified: z.string(),
    location: z.string(),
  }),
});
export type ScimUser = z.infer<typeof scimUserSchema>;

export const scimListSchema = z.object({
  schemas: z.array(z.string()),
  totalResults: z.int(),
  startIndex: z.int(),
  itemsPerPage: z.int(),
  Resources: z.array(z.unknown()),
});

export const scimErrorSchema = z.object({
  schemas: z.array(z.string()),
  status: z.string(),
  scimType: z.string().optional(),
  detail: z.string().optional(),
});
