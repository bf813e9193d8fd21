// `daypass://` addresses, which anybody can put anywhere. They lead to a screen and prefill what is there; nothing more.
// Strict: what is not understood whole is not a link.
import { brokerUrlSchema } from '#shared/contracts/desktop/connection.ts';
import { prefillSchema, type Route } from '#shared/contracts/desktop/route.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import { parseDuration } from '#shared/domain/time.ts';
import { LINK_SCHEME } from './link-scheme.ts';
import { cleanText } from './words.ts';

const MAX_LENGTH = 8192;
const NAMES = ['resource', 'actions', 'purpose', 'duration', 'justification'] as const;

/**
 * `daypass://open`, `daypass://connect?url=https://…` (the address of a broker, or none) and `daypass://request?resource=dataset:NAME&actions=read,export&purpose=NAME&duration=PT1H&justification=WORDS`.
 * Every part of the last may be left out; none may be doubled, empty or unknown.
 */
export function parseLink(address: string): Result<Route, 'not_a_link'> {
  if (address.length > MAX_LENGTH || !URL.canParse(address)) return err('not_a_link');
  const url = new URL(address);
  if (url.protocol !== `${LINK_SCHEME}:` || (url.pathname !== '' && url.pathname !== '/')) return err('not_a_link');
  if (url.username !== '' || url.password !== '' || url.port !== '' || url.hash !== '') return err('not_a_link');
  if (url.host === 'open') return url.search === '' ? ok({ screen: 'access', grantId: null }) : err('not_a_link');
  if (url.host === 'connect') return parseConnect(url.searchParams);
  return url.host === 'request' ? parseRequest(url.searchParams) : err('not_a_link');
}

/** Only shown to the person: what it leads to is found, read and agreed to by them. */
function parseConnect(given: URLSearchParams): Result<Route, 'not_a_link'> {
  const [name, other] = [...given.keys()];
  if (name === undefined) return ok({ screen: 'connect', url: null });
  const url = brokerUrlSchema.safeParse(given.get('url'));
  return name === 'url' && other === undefined && url.success
    ? ok({ screen: 'connect', url: url.data })
    : err('not_a_link');
}

function parseRequest(given: URLSearchParams): Result<Route, 'not_a_link'> {
  const names = [...given.keys()];
  const known: readonly string[] = NAMES;
  if (new Set(names).size !== names.length || !names.every((name) => known.includes(name))) return err('not_a_link');
  if ([...given.values()].includes('')) return err('not_a_link');
  const duration = given.get('duration');
  const length = duration === null ? null : parseDuration(duration);
  if (length?.ok === false) return err('not_a_link');
  const justification = given.get('justification');
  const prefill = prefillSchema.safeParse({
    resource: given.get('resource'),
    actions: given.get('actions')?.split(',') ?? null,
    purpose: given.get('purpose'),
    durationMs: length?.value ?? null,
    justification: justification === null ? null : cleanText(justification),
  });
  return prefill.success ? ok({ screen: 'form', prefill: prefill.data, fromLink: true }) : err('not_a_link');
}
