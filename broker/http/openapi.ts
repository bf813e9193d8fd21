// The OpenAPI 3.1 document, made from the same table and schemas that serve the calls.
import { createDocument, type ZodOpenApiOperationObject } from 'zod-openapi';
import { PROBLEMS, problemSchema } from '#shared/contracts/problem.ts';
import { ROUTES, type Route } from './routes.ts';

const MEDIA = { json: 'application/json', form: 'application/x-www-form-urlencoded' } as const;

export function openApiDocument(version: string): unknown {
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
        caller: {
          type: 'http',
          scheme: 'bearer',
          description:
            'Access token of the organisation’s identity provider. An embedded broker knows its caller by the channel.',
        },
      },
    },
  });
}

function operation(operationId: string, route: Route): ZodOpenApiOperationObject {
  const id = /:(\w+)/.exec(route.path)?.[1];
  const headers =
    route.proof === 'none'
      ? []
      : [
          {
            in: 'header' as const,
            name: 'DPoP',
            required: true,
            description: 'Proof of the device key (RFC 9449)',
            schema: { type: 'string' as const },
          },
        ];
  const keyed =
    operationId === 'submit'
      ? [
          {
            in: 'header' as const,
            name: 'Idempotency-Key',
            required: false,
            description: 'Required unless dryRun=true',
            schema: { type: 'string' as const },
          },
        ]
      : [];
  const inPath =
    id === undefined ? [] : [{ in: 'path' as const, name: id, required: true, schema: { type: 'string' as const } }];
  return {
    operationId,
    summary: route.summary,
    security: route.who === 'anyone' ? [] : [{ caller: [] }],
    parameters: [...inPath, ...headers, ...keyed],
    ...(route.query === null ? {} : { requestParams: { query: route.query as never } }),
    ...(route.body === null
      ? {}
      : { requestBody: { required: true, content: { [MEDIA[route.body.type]]: { schema: route.body.schema } } } }),
    responses: {
      [String(route.status)]: {
        description: 'OK',
        ...(route.answer === null ? {} : { content: { 'application/json': { schema: route.answer } } }),
      },
      default: {
        description: `A problem (RFC 9457). Codes: ${Object.keys(PROBLEMS).join(', ')}`,
        content: { 'application/problem+json': { schema: problemSchema } },
      },
    },
  };
}
