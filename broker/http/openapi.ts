// The OpenAPI 3.1 document, made from the same table and schemas that serve the calls.
import { z } from 'zod';
import { createDocument, type ZodOpenApiComponentsObject, type ZodOpenApiOperationObject } from 'zod-openapi';
import { PROBLEMS, problemSchema } from '#shared/contracts/problem.ts';
import { SCIM_MEDIA, scimErrorSchema } from '#shared/contracts/scim-api.ts';
import type { Route } from './route.ts';
import { ROUTES } from './routes.ts';
import type { SignIn } from './sign-in.ts';

const MEDIA = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
  scim: SCIM_MEDIA,
} as const;

/** `signIn` null: an embedded broker, which knows its caller by the channel. */
export function openApiDocument(version: string, signIn: SignIn | null): unknown {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const [id, route] of Object.entries(ROUTES)) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(id, route) };
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Daypass broker',
      version,
      description: 'Just-in-time access to datasets and AI models. Durations are ISO 8601, times RFC 3339.',
    },
    paths,
    components: {
      securitySchemes: {
        caller: callerScheme(signIn),
        device: {
          type: 'apiKey',
          in: 'header',
          name: 'DPoP',
          description: 'Proof by the key of an enrolled device (RFC 9449), made for this very call.',
        },
      },
    },
  });
}

function callerScheme(signIn: SignIn | null): NonNullable<ZodOpenApiComponentsObject['securitySchemes']>[string] {
  if (signIn === null)
    return { type: 'http', scheme: 'bearer', description: 'An embedded broker knows its caller by the channel.' };
  return {
    type: 'openIdConnect',
    openIdConnectUrl: `${signIn.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
    description: `An access token for the audience ${signIn.audience}, in Authorization as Bearer or DPoP.`,
  };
}

function operation(operationId: string, route: Route): ZodOpenApiOperationObject {
  return {
    operationId,
    summary: route.summary,
    security: route.who === 'anyone' ? [] : [route.proof === 'none' ? { caller: [] } : { caller: [], device: [] }],
    parameters: parameters(operationId, route),
    ...(route.query instanceof z.ZodObject ? { requestParams: { query: route.query } } : {}),
    ...(route.body === null
      ? {}
      : { requestBody: { required: true, content: { [MEDIA[route.body.type]]: { schema: route.body.schema } } } }),
    responses: {
      ...answers(route),
      default: route.media === SCIM_MEDIA ? SCIM_ERROR : PROBLEM,
    },
  };
}

function answers({ answers: byStatus, media, otherMedia }: Route): ZodOpenApiOperationObject['responses'] {
  const other = otherMedia === undefined ? {} : { [otherMedia]: { schema: { type: 'string' as const } } };
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, schema]) => [
      status,
      { description: 'OK', ...(schema === null ? {} : { content: { [media]: { schema }, ...other } }) },
    ]),
  );
}

const PROBLEM = {
  description: `A problem (RFC 9457). Codes: ${Object.keys(PROBLEMS).join(', ')}`,
  content: { 'application/problem+json': { schema: problemSchema } },
} as const;
const SCIM_ERROR = {
  description: 'An error (RFC 7644)',
  content: { [SCIM_MEDIA]: { schema: scimErrorSchema } },
} as const;

type Parameter = NonNullable<ZodOpenApiOperationObject['parameters']>[number];

function parameters(operationId: string, route: Route): Parameter[] {
  const id = /:(\w+)/.exec(route.path)?.[1];
  const text = { schema: { type: 'string' as const } };
  const all: Parameter[] = [];
  if (id !== undefined) all.push({ in: 'path', name: id, required: true, ...text });
  if (route.proof !== 'none')
    all.push({
      in: 'header',
      name: 'DPoP',
      required: true,
      description: 'Proof of the device key (RFC 9449)',
      ...text,
    });
  if (operationId === 'submit')
    all.push({ in: 'header', name: 'Idempotency-Key', description: 'Required unless dryRun=true', ...text });
  if (operationId === 'events')
    all.push({ in: 'header', name: 'Last-Event-ID', description: 'Goes on after this event', ...text });
  return all;
}
