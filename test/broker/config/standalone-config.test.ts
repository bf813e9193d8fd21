import { describe, expect, it } from 'vitest';
import { parseConfig } from '#broker/config/load-config.ts';
import { formatProblem } from '#broker/config/problem.ts';

const FILE = '/etc/daypass/config.yaml';

const CONFIG = `mode: standalone
issuer: https://broker.example.org
listen: { host: 0.0.0.0, port: 8443 }
publicUrl: https://broker.example.org
tls: { certificate: file:tls/cert.pem, key: file:tls/key.pem }
trustedProxies: [10.0.0.0/8]
store: postgres://daypass@db.example.org/daypass?sslmode=verify-full
storePassword: file:secrets/db-password
gateway: { host: 0.0.0.0, port: 8444, publicUrl: https://data.example.org }
catalog: catalog.yaml
policies: policies
keys:
  tokenWrapping: file:keys/token-wrapping.key
  ledger: file:keys/ledger.key
  keyedHash: file:keys/keyed-hash.key
  erasure: file:keys/erasure.key
identity:
  oidc:
    issuer: https://id.example.org
    audience: https://broker.example.org
    clients: [daypass-desktop]
    desktop: { client: daypass-desktop }
    services: [{ client: nightly-etl, displayName: Nightly ETL }]
`;

function loaded(text = CONFIG) {
  const parsed = parseConfig({ file: FILE, text });
  if (!parsed.ok) throw new Error(parsed.error.map(formatProblem).join('\n'));
  return parsed.value;
}

function saidOf(change: (text: string) => string): readonly string[] {
  const text = change(CONFIG);
  expect(text).not.toBe(CONFIG);
  const parsed = parseConfig({ file: FILE, text });
  return parsed.ok ? [] : parsed.error.map((problem) => formatProblem(problem).replace(`${FILE}:`, ''));
}

describe('the configuration of a standalone broker', () => {
  it('is read with its defaults', () => {
    const { config, store } = loaded();
    if (config.mode !== 'standalone') throw new Error('another mode');
    expect(store).toEqual({
      kind: 'postgres',
      url: 'postgres://daypass@db.example.org/daypass?sslmode=verify-full',
    });
    expect(config.identity.oidc).toEqual({
      issuer: 'https://id.example.org',
      audience: 'https://broker.example.org',
      clients: ['daypass-desktop'],
      desktop: { client: 'daypass-desktop', scopes: ['openid', 'offline_access', 'profile'] },
      services: [
        {
          client: 'nightly-etl',
          displayName: 'Nightly ETL',
          roles: [],
          teams: [],
          audiences: [],
          admin: false,
          provisioning: false,
        },
      ],
      algorithms: ['EdDSA', 'ES256', 'PS256', 'RS256'],
      claims: {
        name: 'name',
        roles: 'roles',
        teams: 'teams',
        person: 'person',
        contractor: 'contractor',
        zoneinfo: 'zoneinfo',
      },
      adminRoles: [],
      freshSignIn: 300_000,
      reproveWithin: 900_000,
      maxTokenLife: 3_600_000,
      clockTolerance: 10_000,
      approversSeenWithin: 7_776_000_000,
      otherAudiences: [],
      tokenType: 'at+jwt',
      holidays: [],
    });
  });

  it('may leave TLS to proxies, or stay on loopback without any', () => {
    const behind = CONFIG.replace(/tls:.*\n/, '');
    expect(loaded(behind).config.mode).toBe('standalone');
    const local = CONFIG.replace(/tls:.*\n/, '')
      .replace(/trustedProxies:.*\n/, '')
      .replace(/publicUrl: https:\/\/broker.*\n/, '')
      .replace(/gateway:.*\n/, 'gateway: { host: "::1", port: 8444 }\n')
      .replace('host: 0.0.0.0', 'host: 127.0.0.1')
      .replace(/store: .*\n/, 'store: postgres://daypass@127.0.0.1:5432/daypass\n')
      .replace('issuer: https://id.example.org', 'issuer: http://127.0.0.1:7393');
    expect(loaded(local).config.mode).toBe('standalone');
    expect(loaded(local.replace(/store: .*\nstorePassword.*\n/, 'store: sqlite:x\n')).store.kind).toBe('sqlite');
  });

  const faults: readonly (readonly [string, string | RegExp, string, string])[] = [
    [
      'a password in the URL',
      'daypass@db',
      'daypass:hunter2@db',
      '7:8: store: has a password in it: name it in storePassword instead',
    ],
    [
      'a password in the query',
      '?sslmode',
      '?password=hunter2&sslmode',
      '7:8: store: has a password in it: name it in storePassword instead',
    ],
    [
      'a database that anybody could be',
      '?sslmode=verify-full',
      '',
      '7:8: store: must say sslmode=verify-full: without it anybody on the way can be the database',
    ],
    [
      'TLS that checks nothing',
      'verify-full',
      'require',
      '7:8: store: must say sslmode=verify-full: without it anybody on the way can be the database',
    ],
    [
      'TLS only perhaps',
      'verify-full',
      'prefer',
      '7:8: store: sslmode is one of disable, require, verify-ca, verify-full',
    ],
    [
      'another parameter',
      '?sslmode',
      '?options=-csearch_path=x&sslmode',
      '7:8: store: takes only sslmode and sslrootcert, each once',
    ],
    ['a database without user', 'daypass@db', 'db', '7:8: store: postgres://USER@HOST/DATABASE?sslmode=verify-full'],
    ['a password of SQLite', /store: .*\n/, 'store: sqlite:x\n', '8:16: storePassword: SQLite has no password'],
    [
      'no TLS in the open',
      /tls:.*\ntrustedProxies:.*\n/,
      '',
      '3:17: listen.host: is open to the network without TLS: give tls, or the trustedProxies that speak it',
    ],
    [
      'https that nobody speaks',
      /tls:.*\ntrustedProxies:.*\n/,
      '',
      '4:12: publicUrl: is https, but nothing here speaks it: give tls, or the trustedProxies that do',
    ],
    [
      'http by name',
      'publicUrl: https://broker.',
      'publicUrl: http://broker.',
      '4:12: publicUrl: must be https: tokens travel there',
    ],
    [
      'http although TLS is here',
      'publicUrl: https://broker.example.org',
      'publicUrl: http://127.0.0.1:1',
      '4:12: publicUrl: is http, but this listener speaks TLS',
    ],
    [
      'a path in the URL',
      'publicUrl: https://broker.example.org',
      'publicUrl: https://broker.example.org/x',
      '4:12: publicUrl: a URL such as https://broker.example.org',
    ],
    [
      'a default port',
      'publicUrl: https://broker.example.org',
      'publicUrl: https://broker.example.org:443',
      '4:12: publicUrl: has its default port: leave it out',
    ],
    [
      'no name for others',
      /publicUrl: https:\/\/broker.*\n/,
      '',
      '3:17: listen.host: is no name that others can call: give publicUrl',
    ],
    [
      'API and data by one name',
      'https://data.example.org',
      'https://broker.example.org',
      '9:50: gateway.publicUrl: is the publicUrl of the API: what is opened there must not reach it',
    ],
    ['one port twice', 'port: 8444', 'port: 8443', '9:33: gateway.port: is the port of listen'],
    [
      'proxies that are everybody',
      '10.0.0.0/8',
      '0.0.0.0/0',
      '6:18: trustedProxies[0]: is everybody: any caller could name any address',
    ],
    [
      'a proxy by name',
      '10.0.0.0/8',
      'proxy.example.org',
      '6:18: trustedProxies[0]: an address, or a range such as 10.0.0.0/8',
    ],
    [
      'one issuer for both',
      'issuer: https://id.example.org',
      'issuer: https://broker.example.org',
      '2:9: issuer: is the issuer of the people too: a token of one could pass for one of the other',
    ],
    [
      'a provider in the clear',
      'issuer: https://id.',
      'issuer: http://id.',
      '19:13: identity.oidc.issuer: must be https: else anybody on the way can change its keys',
    ],
    [
      'a shared secret',
      '    clients:',
      '    algorithms: [HS256]\n    clients:',
      '21:18: identity.oidc.algorithms[0]: Invalid option: expected one of "EdDSA"|"ES256"|"ES384"|"ES512"|"PS256"|"PS384"|"PS512"|"RS256"',
    ],
    [
      'a desktop that is no client',
      'client: daypass-desktop',
      'client: other',
      '22:24: identity.oidc.desktop.client: is not one of clients',
    ],
    [
      'a service as a person',
      'client: nightly-etl',
      'client: daypass-desktop',
      '23:26: identity.oidc.services[0].client: is the client of people, or of another service',
    ],
    [
      'nobody to say who left',
      '    clients:',
      '    reproveWithin: null\n    clients:',
      '21:20: identity.oidc.reproveWithin: may be null only when a service with provisioning says who left',
    ],
    ['users of its own', '  oidc:', '  embedded: {}\n  oidc:', '18:3: identity.embedded: is not known'],
  ];
  it.each(faults)('with %s is refused, naming path, line and column', (_name, from, to, said) => {
    const problems = saidOf((text) => text.replace(from, to));
    expect(problems).toContain(said);
    expect(problems.join('\n')).not.toContain('hunter2');
  });
});
