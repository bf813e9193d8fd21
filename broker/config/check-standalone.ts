// Finds what contradicts itself in the configuration of a standalone broker, before anything of it is opened: an address
// open to the network without TLS, a URL that nobody can answer, a database that anybody on the way could be.
import type { StandaloneConfig } from '#shared/contracts/config.ts';
import { isLoopback } from '#shared/contracts/config/words.ts';
import type { ConfigProblem } from './problem.ts';
import type { YamlDocument } from './yaml-document.ts';

type Say = (path: readonly string[], message: string) => void;

/** Every contradiction, each at its place in the document. Quotes no value. */
export function checkStandalone(config: StandaloneConfig, document: YamlDocument): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const say: Say = (path, message) => void problems.push(document.problemAt(path, message));
  const { listen, gateway, publicUrl, identity } = config;
  checkStore(config, say);
  if (config.issuer === identity.oidc.issuer)
    say(['issuer'], 'is the issuer of the people too: a token of one could pass for one of the other');
  if (listen.port !== 0 && listen.port === gateway.port) say(['gateway', 'port'], 'is the port of listen');
  if (publicUrl !== undefined && publicUrl === gateway.publicUrl)
    say(['gateway', 'publicUrl'], 'is the publicUrl of the API: what is opened there must not reach it');
  checkListener(config, { host: listen.host, publicUrl, at: ['listen'], urlAt: ['publicUrl'] }, say);
  checkListener(config, { ...gateway, at: ['gateway'], urlAt: ['gateway', 'publicUrl'] }, say);
  return problems;
}

type Listener = {
  readonly host: string;
  readonly publicUrl?: string | undefined;
  readonly at: readonly string[];
  readonly urlAt: readonly string[];
};

function checkListener(
  { tls, trustedProxies }: Pick<StandaloneConfig, 'tls' | 'trustedProxies'>,
  { host, publicUrl, at, urlAt }: Listener,
  say: Say,
): void {
  const secured = tls !== undefined || trustedProxies.length > 0;
  if (!secured && !isLoopback(host))
    say([...at, 'host'], 'is open to the network without TLS: give tls, or the trustedProxies that speak it');
  if (publicUrl === undefined) {
    if (!isLoopback(host)) say([...at, 'host'], `is no name that others can call: give ${urlAt.join('.')}`);
    return;
  }
  if (publicUrl.startsWith('https:') && !secured)
    say(urlAt, 'is https, but nothing here speaks it: give tls, or the trustedProxies that do');
  if (publicUrl.startsWith('http:') && tls !== undefined) say(urlAt, 'is http, but this listener speaks TLS');
}

const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full'];
const FORM = 'postgres://USER@HOST/DATABASE?sslmode=verify-full';

function checkStore({ store, storePassword }: StandaloneConfig, say: Say): void {
  if (store.startsWith('sqlite:')) {
    if (storePassword !== undefined) say(['storePassword'], 'SQLite has no password');
    return;
  }
  const message = URL.canParse(store) ? postgresProblem(new URL(store)) : FORM;
  if (message !== null) say(['store'], message);
}

function postgresProblem(url: URL): string | null {
  const parameters = url.searchParams;
  if (url.password !== '' || parameters.has('password'))
    return 'has a password in it: name it in storePassword instead';
  if (url.username === '' || url.hostname === '' || url.pathname.length < 2 || url.hash !== '') return FORM;
  const names = [...parameters.keys()];
  if (names.some((name) => name !== 'sslmode' && name !== 'sslrootcert') || new Set(names).size < names.length)
    return 'takes only sslmode and sslrootcert, each once';
  const mode = parameters.get('sslmode') ?? 'disable';
  if (!SSL_MODES.includes(mode)) return `sslmode is one of ${SSL_MODES.join(', ')}`;
  if (!isLoopback(url.hostname) && !mode.startsWith('verify-'))
    return 'must say sslmode=verify-full: without it anybody on the way can be the database';
  const root = parameters.get('sslrootcert');
  return root === null || root.startsWith('/') ? null : 'sslrootcert is an absolute path';
}
