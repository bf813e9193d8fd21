// What this broker can do of SCIM, as its three discovery documents say it (RFC 7643 sections 5 to 7).
import { LIST_SCHEMA, USER_SCHEMA } from '#shared/contracts/scim-api.ts';

const DOCUMENTS = {
  config: 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig',
  type: 'urn:ietf:params:scim:schemas:core:2.0:ResourceType',
  schema: 'urn:ietf:params:scim:schemas:core:2.0:Schema',
} as const;

export function serviceProviderConfig(base: string): unknown {
  return {
    schemas: [DOCUMENTS.config],
    patch: { supported: true },
    bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
    filter: { supported: true, maxResults: 200 },
    changePassword: { supported: false },
    sort: { supported: false },
    etag: { supported: false },
    authenticationSchemes: [
      {
        type: 'oauthbearertoken',
        name: 'OAuth access token',
        description: 'An access token (client credentials) of a service with `provisioning` in the configuration',
        specUri: 'https://www.rfc-editor.org/info/rfc6750',
        primary: true,
      },
    ],
    meta: { resourceType: 'ServiceProviderConfig', location: `${base}/ServiceProviderConfig` },
  };
}

export function resourceTypes(base: string): unknown {
  return listOf([
    {
      schemas: [DOCUMENTS.type],
      id: 'User',
      name: 'User',
      endpoint: '/Users',
      description: 'An account that may sign in',
      schema: USER_SCHEMA,
      schemaExtensions: [],
      meta: { resourceType: 'ResourceType', location: `${base}/ResourceTypes/User` },
    },
  ]);
}

export function schemas(base: string): unknown {
  return listOf([
    {
      schemas: [DOCUMENTS.schema],
      id: USER_SCHEMA,
      name: 'User',
      description: 'An account that may sign in',
      attributes: [
        attribute('userName', 'string', { required: true, uniqueness: 'server' }),
        attribute('externalId', 'string', {
          required: true,
          caseExact: true,
          mutability: 'immutable',
          uniqueness: 'server',
        }),
        attribute('active', 'boolean', {}),
      ],
      meta: { resourceType: 'Schema', location: `${base}/Schemas/${USER_SCHEMA}` },
    },
  ]);
}

const SAYS = {
  userName: 'A name that the directory knows the account by',
  externalId: 'The account’s `sub` at the issuer of sign-ins',
  active: 'False: everything of the account ends within a minute, and it is let in no more',
} as const;

function attribute(name: keyof typeof SAYS, type: string, more: Readonly<Record<string, unknown>>): unknown {
  return {
    name,
    type,
    multiValued: false,
    description: SAYS[name],
    required: false,
    caseExact: false,
    mutability: 'readWrite',
    returned: 'default',
    uniqueness: 'none',
    ...more,
  };
}

export function listOf(resources: readonly unknown[], total = resources.length, startIndex = 1): unknown {
  return {
    schemas: [LIST_SCHEMA],
    totalResults: total,
    startIndex,
    itemsPerPage: resources.length,
    Resources: resources,
  };
}
