// The small words of the configuration file that several of its parts share. No part by itself.
import { z } from 'zod';

export const path = z.string().min(1);
export const group = z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/, 'a lower-case name');

/** Becomes a part of every token, so its length is limited; compared byte by byte, so it has one spelling. */
export const issuerSchema = z
  .string()
  .max(80)
  .regex(/^(?:https:\/\/[a-z0-9.-]+(?::\d+)?(?:\/[A-Za-z0-9._~/-]*[A-Za-z0-9._~-])?|urn:[a-z0-9][a-z0-9-]+:[!-~]+)$/, {
    error: 'an https URL without query, fragment and closing slash, or a urn',
  });

const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|::1|localhost)$/;

/** Only this machine reaches it. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host.replace(/^\[(.*)\]$/, '$1'));
}

/** The host of a URL that a schema has checked; an IPv6 address keeps its brackets. */
export function hostOf(url: string): string {
  return /^[a-z]+:\/\/(\[[^\]]*\]|[^/:]*)/i.exec(url)?.[1] ?? '';
}

export const loopbackHost = z.string().regex(LOOPBACK, 'a loopback address');
export const port = z.int().min(0).max(65_535);
