// Checks values against the primitive types of OCSF that records of ours use, and some more that they might.
import { isIP } from 'node:net';

const FIRST_MS = Date.UTC(2020, 0);
const LAST_MS = Date.UTC(2100, 0);
const HOSTNAME = /^(?=.{1,253}$)[\dA-Za-z]([\dA-Za-z-]*[\dA-Za-z])?(\.[\dA-Za-z]([\dA-Za-z-]*[\dA-Za-z])?)*$/;
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '' && value.isWellFormed();

const CHECKS: Readonly<Record<string, (value: unknown) => boolean>> = {
  string_t: isText,
  username_t: isText,
  resource_uid_t: isText,
  hostname_t: (value) => isText(value) && HOSTNAME.test(value),
  ip_t: (value) => isText(value) && isIP(value) !== 0,
  uuid_t: (value) => isText(value) && UUID.test(value),
  boolean_t: (value) => typeof value === 'boolean',
  integer_t: Number.isSafeInteger,
  long_t: Number.isSafeInteger,
  float_t: Number.isFinite,
  port_t: (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 65_535,
  // Milliseconds: seconds or microseconds of our time would lie far outside.
  timestamp_t: (value) => Number.isSafeInteger(value) && Number(value) >= FIRST_MS && Number(value) < LAST_MS,
  json_t: () => true,
};

export function isPrimitive(type: string): boolean {
  return Object.hasOwn(CHECKS, type);
}

export function primitiveProblem(type: string, value: unknown, path: string): string[] {
  return CHECKS[type]?.(value) === true ? [] : [`${path} is no ${type}: ${JSON.stringify(value)}`];
}
