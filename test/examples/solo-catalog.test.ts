import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse as parseCsv } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { catalogSchema, type Resource } from '#shared/contracts/catalog.ts';
import { configSchema } from '#shared/contracts/config.ts';

const SOLO = path.resolve(import.meta.dirname, '../../examples/solo');
const catalog = catalogSchema.parse(parseYaml(readFileSync(path.join(SOLO, 'catalog.yaml'), 'utf8')));
const recordsSchema = z.array(z.record(z.string(), z.unknown()));

/** Rows, and the size of the header, of each file: what data/README.md says. */
const FILES: Readonly<Record<string, Readonly<Record<string, { readonly rows: number; readonly columns: number }>>>> = {
  'dataset:penguins': { 'penguins.csv': { rows: 344, columns: 7 } },
  'dataset:weather': { 'seattle-weather.csv': { rows: 1461, columns: 6 } },
  'dataset:legislators': {
    'legislators.csv': { rows: 37, columns: 13 },
    'legislators.jsonl': { rows: 37, columns: 13 },
  },
  'dataset:campaign-finance': {
    'candidates-2015.csv': { rows: 58, columns: 25 },
    'candidates-2015.jsonl': { rows: 58, columns: 25 },
  },
};

function datasets(): { readonly resource: Resource; readonly folder: string }[] {
  return catalog.resources.flatMap((resource) =>
    resource.upstream?.kind === 'folder' ? [{ resource, folder: path.join(SOLO, resource.upstream.path) }] : [],
  );
}

function readRecords(file: string): Record<string, unknown>[] {
  const text = readFileSync(file, 'utf8');
  if (file.endsWith('.csv')) return recordsSchema.parse(parseCsv(text, { columns: true }));
  return recordsSchema.parse(
    text
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line)),
  );
}

test('the catalog covers every sensitivity, a pii dataset and a model', () => {
  expect(new Set(catalog.resources.map((resource) => resource.sensitivity)).size).toBe(4);
  expect(catalog.resources.filter((resource) => resource.tags.includes('pii')).map((resource) => resource.id)).toEqual([
    'dataset:legislators',
    'dataset:campaign-finance',
  ]);
  expect(
    catalog.resources.filter((resource) => resource.upstream?.kind === 'http').map((resource) => resource.id),
  ).toEqual(['model:wink-english']);
});

test('the configuration is one that the broker takes, and every owner is a team that somebody is in', () => {
  const config = configSchema.parse(parseYaml(readFileSync(path.join(SOLO, 'daypass.yaml'), 'utf8')));
  if (config.mode !== 'embedded') throw new Error('the example is for one machine');
  const { users } = config.identity.embedded;
  expect(users.map((user) => user.name)).toEqual(['ana', 'jo', 'sam', 'kim', 'lee', 'olu']);
  const teams = new Set(users.flatMap((user) => user.teams));
  expect(catalog.resources.flatMap((resource) => resource.owners).filter((owner) => !teams.has(owner))).toEqual([]);
});

test('every resource states its licence', () => {
  expect(catalog.resources.filter((resource) => resource.licence === undefined)).toEqual([]);
});

test('a personal dataset has the action that unmasks it, and no other dataset has', () => {
  for (const { resource } of datasets()) {
    expect('read_pii' in resource.actions).toBe(resource.tags.includes('pii'));
  }
});

describe.each(datasets())('$resource.id', ({ resource, folder }) => {
  const expected = FILES[resource.id] ?? {};

  test('has the files that its page names, and no others', () => {
    expect(readdirSync(folder).toSorted()).toEqual(Object.keys(expected).toSorted());
  });

  test.each(Object.entries(expected))(
    '%s has its rows, and every personal column in each',
    (file, { rows, columns }) => {
      const records = readRecords(path.join(folder, file));
      expect(records).toHaveLength(rows);
      for (const record of records) {
        expect(Object.keys(record)).toHaveLength(columns);
        expect(Object.keys(record)).toEqual(expect.arrayContaining(resource.personalColumns));
      }
    },
  );
});

test('the two forms of a dataset hold the same people', () => {
  const column = (file: string, name: string): unknown[] =>
    readRecords(path.join(SOLO, 'data', file)).map((record) => record[name]);
  for (const [file, name] of [
    ['legislators/legislators', 'full_name'],
    ['campaign-finance/candidates-2015', 'candidate_name'],
  ] as const) {
    expect(column(`${file}.csv`, name)).toEqual(column(`${file}.jsonl`, name));
  }
});
