import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadConfig, parseConfig } from '#broker/config/load-config.ts';
import { formatProblem } from '#broker/config/problem.ts';
import { CONFIG } from './config-text.ts';

const FILE = '/etc/daypass/config.yaml';

/** What is said of the right configuration after one change. */
function problemsAfter(change: (text: string) => string): readonly string[] {
  const text = change(CONFIG);
  expect(text).not.toBe(CONFIG);
  const loaded = parseConfig({ file: FILE, text });
  return loaded.ok ? [] : loaded.error.map(formatProblem);
}

const replacing = (from: string, to: string) => problemsAfter((text) => text.replace(from, to));

describe('a configuration', () => {
  it('is read with its defaults, and its paths start from its own folder', () => {
    const loaded = parseConfig({ file: FILE, text: CONFIG });
    if (!loaded.ok) throw new Error(loaded.error.map(formatProblem).join('\n'));
    const { config, ...paths } = loaded.value;
    expect(paths).toEqual({
      folder: '/etc/daypass',
      dataFolder: '/etc/daypass',
      store: { kind: 'sqlite', path: '/etc/daypass/data/daypass.db' },
      catalogFile: '/etc/daypass/catalog.yaml',
      policiesFolder: '/etc/daypass/policies',
    });
    expect(config.gateway).toEqual({ host: '127.0.0.1', port: 4280 });
    expect(config.limits).toMatchObject({ requestLapse: 86_400_000, collectLapse: 43_200_000 });
    expect(config.tokens.maxLife).toBe(31 * 86_400_000);
    if (config.mode !== 'embedded') throw new Error('another mode');
    expect(config.identity.embedded.users[1]).toEqual({
      name: 'ada-admin',
      displayName: 'Ada (admin)',
      kind: 'person',
      person: 'ada',
      roles: [],
      teams: [],
      admin: true,
      audiences: [],
    });
    expect(config.issuer).toBeUndefined();
  });

  it('may keep its database in a data folder of its own, apart from catalog and policies', () => {
    const loaded = parseConfig({ file: FILE, text: CONFIG }, '/var/lib/daypass');
    expect(loaded).toMatchObject({
      value: { store: { path: '/var/lib/daypass/data/daypass.db' }, catalogFile: '/etc/daypass/catalog.yaml' },
    });
  });

  const faults: readonly (readonly [string, string, string, string])[] = [
    ['an unknown member', 'gateway:\n  port', 'gateway:\n  prot: 1\n  port', '26:3: gateway.prot: is not known'],
    ['a missing member', 'catalog: catalog.yaml\n', '', '1:1: catalog: is missing'],
    [
      'a missing member further in',
      '        displayName: Ada Lovelace\n',
      '',
      '13:9: identity.embedded.users[0].displayName: is missing',
    ],
    [
      'a value of the wrong type',
      'port: 4280',
      'port: many',
      '26:9: gateway.port: Invalid input: expected number, received string',
    ],
    [
      'a secret where its name belongs',
      'env:DAYPASS_LEDGER_KEY',
      'hunter2',
      '7:11: keys.ledger: a reference: file:PATH, env:NAME or keychain:NAME',
    ],
    [
      'one key for two uses',
      'file:keys/keyed-hash.key',
      'file:keys/token-wrapping.key',
      '8:14: keys.keyedHash: must be another key than tokenWrapping',
    ],
    ['a user twice', 'name: ada-admin', 'name: ada', '19:15: identity.embedded.users[1].name: is given to two users'],
    [
      'a zone that nobody knows',
      'Europe/London',
      'Mars/Base',
      '18:19: identity.embedded.users[0].zoneinfo: an IANA time zone such as Europe/Madrid',
    ],
    [
      'a gateway open to the network',
      'port: 4280',
      'port: 4280\n  host: 0.0.0.0',
      '27:9: gateway.host: a loopback address',
    ],
    [
      'PostgreSQL',
      'sqlite:data/daypass.db',
      'postgres://u:hunter2@db/x',
      '2:8: store: sqlite:PATH; postgres is for mode standalone',
    ],
    ['a mode that nobody knows', 'mode: embedded', 'mode: shared', '1:7: mode: embedded or standalone'],
    [
      'a sink that anybody on the way could read',
      'gateway:',
      'sinks: [{ kind: otlp, name: siem, url: "http://siem.example.org/v1/logs" }]\ngateway:',
      '25:40: sinks[0].url: must be https: anybody on the way could read it',
    ],
    [
      'a sink whose secret is written out',
      'gateway:',
      'sinks:\n  - { kind: webhook, name: siem, url: https://siem.example.org/, secret: whsec_hunter2 }\ngateway:',
      '26:74: sinks[0].secret: a reference: file:PATH, env:NAME or keychain:NAME',
    ],
    [
      'two sinks of one name',
      'gateway:',
      'sinks:\n  - { kind: file, name: local, path: a.jsonl }\n  - { kind: file, name: local, path: b.jsonl }\ngateway:',
      '27:25: sinks[1].name: is given to two sinks',
    ],
    ['TLS', 'gateway:', 'tls: {}\ngateway:', '25:1: tls: belongs to mode standalone'],
    ['OIDC', 'identity:\n', 'identity:\n  oidc: {}\n', '11:3: identity.oidc: belongs to mode standalone'],
    ['a date that is none', '2026-12-25', '2026-02-30', '23:16: identity.embedded.holidays[0]: Invalid ISO date'],
    ['a key written twice', 'gateway:', 'mode: embedded\ngateway:', '25:1: the key is written twice'],
    ['a key that is a list', 'gateway:', '? [a, b]\n: 1\ngateway:', '25:3: a key must be a name'],
    ['a second document', 'gateway:', '---\ngateway:', '25:1: one document a file'],
    [
      'an unknown tag',
      'catalog: catalog.yaml',
      'catalog: !!js/function x',
      '3:10: a tag or value that is not supported',
    ],
    ['broken YAML', 'port: 4280', 'port: [4280', '27:1: not valid YAML (bad indent)'],
    ['an alias to nothing', 'catalog: catalog.yaml', 'catalog: *nothing', '3:10: an alias to nothing before it'],
  ];
  it.each(faults)('with %s is refused, naming path, line and column', (_name, from, to, said) => {
    const problems = replacing(from, to);
    expect(problems.map((problem) => problem.replace(`${FILE}:`, ''))).toContain(said);
  });

  it('names every fault at once', () => {
    expect(
      problemsAfter((text) => text.replace('port: 4280', 'port: x').replace('country: ES', 'country: Spain')),
    ).toHaveLength(2);
  });

  it('does not quote values in what it says of faults: one may be a secret', () => {
    const places = [
      'ada',
      'sqlite:data/daypass.db',
      'env:DAYPASS_LEDGER_KEY',
      'Europe/London',
      '4280',
      'embedded',
      '[scientist]',
      '2026-12-25',
    ];
    for (const place of places) {
      for (const value of [
        'hunter2!',
        '"hunter2',
        '[hunter2',
        '{hunter2: }',
        '!hunter2 x',
        '&hunter2 a',
        '@hunter2',
        '|hunter2',
      ]) {
        const said = replacing(place, value).join('\n');
        // A member's name is said, since it must be found.
        if (!value.startsWith('{')) expect(said).not.toContain('hunter2');
      }
    }
  });

  it('that grows without bound by aliases is refused', () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x,x]'];
    for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg', 'gh'].map((pair) => [pair[0], pair[1]])) {
      bomb.push(`${to}: &${to} [${Array(10).fill(`*${from}`).join(',')}]`);
    }
    expect(problemsAfter((text) => `${text}${bomb.join('\n')}\n`)).toEqual([
      `${FILE}:1:1: cannot be read: too many aliases, or too deeply nested`,
    ]);
    expect(problemsAfter((text) => `${text}a: &a []\nb: [${'*a,'.repeat(2_000)}]`)).toEqual([
      `${FILE}:28:305: more than 100 aliases`,
    ]);
    expect(problemsAfter((text) => `${text}deep: ${'['.repeat(20_000)}`)[0]).toContain('(resource exhaustion)');
    // Quadratic in the number of keys, this would take minutes.
    const keys = Array.from({ length: 60_000 }, (_, index) => `k${index}: 1\n`).join('');
    expect(problemsAfter((text) => text + keys)).toHaveLength(100);
    expect(problemsAfter((text) => `${text}${'#'.repeat(1_100_000)}`)).toEqual([
      `${FILE}:1:1: longer than 1048576 characters`,
    ]);
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.nat(CONFIG.length),
        fc.nat(40),
        fc.string({ unit: 'binary', maxLength: 12 }),
        (at, cut, insert) => {
          const text = CONFIG.slice(0, at) + insert + CONFIG.slice(at + cut);
          const loaded = parseConfig({ file: FILE, text });
          if (!loaded.ok)
            for (const { line, column } of loaded.error) expect(Math.min(line, column)).toBeGreaterThan(0);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('that is not there, or is a folder, is a problem and no crash', async () => {
    expect(await loadConfig('/nowhere/config.yaml')).toMatchObject({
      ok: false,
      error: [{ message: 'cannot be read (ENOENT)' }],
    });
    expect(await loadConfig('/')).toMatchObject({ ok: false, error: [{ message: 'cannot be read (EISDIR)' }] });
  });
});
