// What only the configuration of a standalone broker has: where it listens, what it is called from outside, its TLS and
// its database. What contradicts itself is found by broker/config/check-standalone.ts.
import { z } from 'zod';
import { secretReferenceSchema } from '../catalog.ts';
import { hostOf, isLoopback, port } from './words.ts';

const host = z.string().regex(/^(?:[A-Za-z0-9.-]+|[0-9A-Fa-f:.]+)$/, 'a host name or an address');

/** An origin, in lower case and without a default port: how somebody else reaches this listener. */
const publicUrlSchema = z
  .string()
  .regex(/^https?:\/\/(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::\d{1,5})?$/, 'a URL such as https://broker.example.org')
  .refine((url) => !/^(?:https:.*:443|http:.*:80)$/.test(url), 'has its default port: leave it out')
  .refine((url) => url.startsWith('https:') || isLoopback(hostOf(url)), 'must be https: tokens travel there');

export const listenSchema = z.strictObject({ host, port });
export const standaloneGatewaySchema = z.strictObject({
  host,
  port,
  /** Absent: the address itself, which only a loopback one may be. */
  publicUrl: publicUrlSchema.optional(),
});

const certificateSchema = z.string().regex(/^file:.+$/, 'a reference: file:PATH');
const tlsSchema = z.strictObject({
  /** PEM, with the intermediate certificates behind the server's own. */
  certificate: certificateSchema,
  key: secretReferenceSchema,
});

const proxySchema = z
  .union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], { error: 'an address, or a range such as 10.0.0.0/8' })
  .refine((range) => !range.endsWith('/0'), 'is everybody: any caller could name any address');

const standaloneStoreSchema = z
  .string()
  .regex(/^(?:sqlite:.+|postgres(?:ql)?:\/\/.+)$/, 'postgres://USER@HOST/DATABASE?sslmode=verify-full or sqlite:PATH');

export const standaloneFields = {
  listen: listenSchema,
  /** What desktops type, and what proofs of possession name. Absent: the address itself, only on loopback. */
  publicUrl: publicUrlSchema.optional(),
  /** Of both listeners. Absent: only on loopback, or behind proxies that speak it. */
  tls: tlsSchema.optional(),
  /** Whose X-Forwarded-For is believed. */
  trustedProxies: z.array(proxySchema).default([]),
  store: standaloneStoreSchema,
  /** The database's password. */
  storePassword: secretReferenceSchema.optional(),
  gateway: standaloneGatewaySchema,
} as const;
