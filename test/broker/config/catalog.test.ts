import { describe, expect, it } from 'vitest';
import { catalogHash, parseCatalog } from '#broker/config/catalog.ts';
import { diffHashes } from '#broker/config/diff.ts';
import { formatProblem } from '#broker/config/problem.ts';
import { entry } from '#test/support/gateway-world.ts';
import { CATALOG } from './config-text.ts';

const DAY_MS = 86_400_000;

function parse(text: string, maxTokenLifeMs = 31 * DAY_MS) {
  return parseCatalog({ file: 'catalog.yaml', text }, { maxTokenLifeMs });
}

function catalog(text = CATALOG) {
  const parsed = parse(text);
  if (!parsed.ok) throw new Error(parsed.error.map(formatProblem).join('\n'));
  return parsed.value;
}

function resource(id: string, text = CATALOG) {
  const found = catalog(text).resources.get(id);
  if (found === undefined) throw new Error(`no ${id}`);
  return found;
}

describe('a catalog', () => {
  it('is read with every action that it knows', () => {
    expect([...catalog().resources.keys()]).toEqual(['dataset:penguins', 'model:words']);
    expect(catalog().actions).toEqual(['infer', 'read']);
    expect(resource('dataset:penguins').maxDuration).toBe(7 * DAY_MS);
  });

  it('cannot be changed by who holds it', () => {
    expect(() => resource('dataset:penguins').owners.push('evil')).toThrow(TypeError);
    expect(() => Object.assign(resource('model:words').upstream ?? {}, { url: 'http://evil' })).toThrow(TypeError);
  });

  const faults: readonly (readonly [string, string, string, string])[] = [
    ['an id twice', 'model:words', 'dataset:penguins', '11:9: resources[1].id: dataset:penguins is listed twice'],
    [
      'an id in upper case',
      'model:words',
      'model:Words',
      '11:9: resources[1].id: dataset:NAME or model:NAME in lower case',
    ],
    [
      'an unknown kind of upstream',
      'kind: folder',
      'kind: ftp',
      '10:23: resources[0].upstream.kind: kind: folder or http',
    ],
    [
      'a secret in clear',
      'env:WORDS_SECRET',
      'Bearer hunter2',
      '24:23: resources[1].upstream.secret.from: a reference: file:PATH, env:NAME or keychain:NAME',
    ],
    [
      'a pattern that can never match',
      '/v1/*',
      '/v1/(',
      '18:19: resources[1].actions.infer[0].paths[0]: not a URL pattern',
    ],
    [
      'a duration that is none',
      'PT8H',
      '8 hours',
      '19:18: resources[1].maxDuration: an ISO 8601 duration such as PT30M or P1D, longer than nothing',
    ],
    [
      'more time than a token can have',
      'P7D',
      'P32D',
      '9:18: resources[0].maxDuration: longer than any token lives (tokens.maxLife is P31D)',
    ],
    [
      'personal columns that would not be masked',
      'maxDuration: P7D',
      'maxDuration: P7D\n    personalColumns: [name]',
      '10:22: resources[0].personalColumns: are masked only with the tag pii',
    ],
    ['an action with a strange name', 'infer:', 'In Fer:', '16:7: resources[1].actions.In Fer: a lower-case name'],
    ['a method that is none', '[POST]', '[post]', '17:21: resources[1].actions.infer[0].methods[0]:'],
    [
      'a misspelt member',
      'sensitivity: internal',
      'sensitivity: internal\n    maxduration: P1D',
      '6:5: resources[0].maxduration: is not known',
    ],
    [
      'action names too long for a token',
      'infer:',
      `${'a'.repeat(60)}: &rules [{methods: [GET], paths: [/]}]\n      ${'b'.repeat(60)}: *rules\n      infer:`,
      '16:7: resources[1].actions: the names of all actions',
    ],
  ];
  it.each(faults)('with %s is refused, naming path, line and column', (_name, from, to, said) => {
    const text = CATALOG.replace(from, to);
    expect(text).not.toBe(CATALOG);
    const parsed = parse(text);
    expect(
      parsed.ok ? [] : parsed.error.map(formatProblem).filter((line) => line.startsWith(`catalog.yaml:${said}`)),
    ).toHaveLength(1);
  });

  it('may share action lists by anchor and alias', () => {
    const shared = CATALOG.replace('read: [{', 'read: &read [{').replace(/infer:\n.*\n.*/, 'infer: *read');
    expect(resource('model:words', shared).actions['infer']).toEqual([{ methods: ['GET'], paths: ['/:file'] }]);
  });
});

describe('the hash that an approval pins', () => {
  const hashAfter = (from: string, to: string) => catalogHash(resource('model:words', CATALOG.replace(from, to)));
  const before = catalogHash(resource('model:words'));

  it('is SHA-256 over canonical JSON of all that decides what the access gives', () => {
    const people = entry({
      sensitivity: 'public',
      tags: ['pii'],
      personalColumns: ['name'],
      actions: { read: [{ methods: ['GET'], paths: ['/*'] }] },
      upstream: { kind: 'folder', path: 'x' },
      quotaBytes: 9,
    });
    // printf '%s' '{"actions":{"read":[{"methods":["GET"],"paths":["/*"]}]},"issuer":"jwt","personalColumns":["name"],
    // "quotaBytes":9,"sensitivity":"public","tags":["pii"],"upstream":{"kind":"folder","path":"x"},"verifier":"gateway"}' | sha256sum
    expect(catalogHash(people)).toBe('c607869e86a606834ee01d0c0e671ae21960706ccacc8c53d664e1c32d553067');
  });

  it.each([
    ['the upstream', '127.0.0.1:9000', '127.0.0.1:9001'],
    ['the name of the upstream secret', 'env:WORDS_SECRET', 'env:OTHER_SECRET'],
    ['the sensitivity', 'sensitivity: confidential', 'sensitivity: public'],
    ['the verifier', 'maxDuration: PT8H', 'maxDuration: PT8H\n    verifier: jwks'],
    ['a tag', 'sensitivity: confidential', 'sensitivity: confidential\n    tags: [phi]'],
    ['the residency', 'sensitivity: confidential', 'sensitivity: confidential\n    residency: DE'],
    ['a quota', 'maxDuration: PT8H', 'maxDuration: PT8H\n    quotaBytes: 100'],
    ['the methods of an action', 'methods: [POST]', 'methods: [POST, DELETE]'],
    ['the paths of an action', "paths: ['/v1/*']", "paths: ['/*']"],
    ['the name of an action', '      infer:', '      summarise:'],
  ])('changes with %s', (_what, from, to) => {
    expect(CATALOG).toContain(from);
    expect(hashAfter(from, to)).not.toBe(before);
  });

  it('changes with the personal columns', () => {
    const people = (columns: string) =>
      CATALOG.replace('sensitivity: confidential', `sensitivity: confidential\n    tags: [pii]\n    ${columns}`);
    const [both, one] = ['[name, phone]', '[phone]'].map((columns) =>
      catalogHash(resource('model:words', people(`personalColumns: ${columns}`))),
    );
    expect(one).not.toBe(both);
  });

  it('stays with words, owners and the longest duration', () => {
    expect(hashAfter('name: Words', 'name: Other words')).toBe(before);
    expect(hashAfter('maxDuration: PT8H', 'maxDuration: PT9H')).toBe(before);
    expect(catalogHash(resource('model:words', CATALOG.replaceAll('[research]', '[others]')))).toBe(before);
  });
});

describe('the difference between two catalogs', () => {
  it('names what was added, removed and changed, by id', () => {
    const to = catalog(CATALOG.replace('id: model:words', 'id: model:poems').replace('Palmer penguins', 'Penguins'));
    expect(diffHashes(catalog().entryHashes, to.entryHashes)).toEqual({
      added: ['model:poems'],
      removed: ['model:words'],
      changed: ['dataset:penguins'],
    });
    expect(to.hash).not.toBe(catalog().hash);
  });

  it('is nothing when only the writing changed', () => {
    const rewritten = catalog(`# a comment\n${CATALOG.replace('[GET]', "['GET']")}`);
    expect(rewritten.hash).toBe(catalog().hash);
    expect(diffHashes(catalog().entryHashes, rewritten.entryHashes)).toEqual({ added: [], removed: [], changed: [] });
  });
});
