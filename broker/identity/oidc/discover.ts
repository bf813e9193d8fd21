// Finds where an issuer publishes its keys (OpenID Connect Discovery 1.0, else RFC 8414), and reads them.
import type { JSONWebKeySet } from 'jose';
import { z } from 'zod';
import type { FetchJson } from './issuer-fetch.ts';

const metadataSchema = z.looseObject({ issuer: z.string(), jwks_uri: z.url().max(2048) });
const jwksSchema = z.looseObject({
  keys: z
    .array(z.looseObject({ kty: z.string() }))
    .min(1)
    .max(100),
});

/** Throws when the issuer cannot be read, or calls itself by another name. */
export async function fetchIssuerKeys(fetchJson: FetchJson, issuer: string): Promise<JSONWebKeySet> {
  const jwksUri = await findKeys(fetchJson, issuer);
  return jwksSchema.parse(await fetchJson(jwksUri));
}

async function findKeys(fetchJson: FetchJson, issuer: string): Promise<string> {
  const document = (await fetchJson(openIdAddress(issuer))) ?? (await fetchJson(oauthAddress(issuer)));
  const metadata = metadataSchema.parse(document);
  // RFC 8414 section 3.3: else a mixed-up or hostile document would bring another issuer's keys.
  if (metadata.issuer !== issuer) throw new Error('the discovery document is of another issuer');
  if (!isAsPrivate(metadata.jwks_uri, issuer)) throw new Error('the keys are not on https');
  return metadata.jwks_uri;
}

/** Keys come over https; over http only on loopback, from an issuer that is there too. */
function isAsPrivate(jwksUri: string, issuer: string): boolean {
  const keys = new URL(jwksUri);
  if (keys.username !== '' || keys.password !== '') return false;
  if (keys.protocol === 'https:') return true;
  const from = new URL(issuer);
  return keys.protocol === 'http:' && from.protocol === 'http:' && isLoopback(keys) && isLoopback(from);
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

function openIdAddress(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
}

/** RFC 8414 section 3.1: between host and path. */
function oauthAddress(issuer: string): string {
  const url = new URL(issuer);
  return `${url.origin}/.well-known/oauth-authorization-server${url.pathname.replace(/\/$/, '')}`;
}
