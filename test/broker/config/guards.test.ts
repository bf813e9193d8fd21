import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { remember, weakenings, type Guards } from '#broker/config/guards.ts';
import { policyGuards } from '#broker/policy/guards.ts';

type ResourceGuard = Guards['resources'][string];

const GUARD: ResourceGuard = {
  sensitivity: 'restricted',
  masked: ['name', 'phone'],
  breakGlass: null,
  upstream: 'place-a',
};
const NO_POLICIES = { twoPeople: [], emergencies: [], holdInEmergency: [] };

function guards(
  resources: Readonly<Record<string, ResourceGuard>>,
  policies: Partial<Guards['policies']> = {},
): Guards {
  return { resources: { ...resources }, policies: { ...NO_POLICIES, ...policies } };
}

const lines = (before: Guards, after: Guards) => weakenings(before, after).map(({ line }) => line);

describe('a catalog that is weaker than before', () => {
  const before = guards({ 'dataset:a': GUARD });
  const changed = (over: Partial<ResourceGuard>) => guards({ 'dataset:a': { ...GUARD, ...over } });

  it.each([
    ['a lower sensitivity', { sensitivity: 'internal' }, 'dataset:a: restricted → internal'],
    ['no pii tag', { masked: null }, 'dataset:a: no longer tagged pii'],
    ['a column that is shown', { masked: ['name'] }, 'dataset:a: no longer masked: phone'],
    [
      'emergency access',
      { breakGlass: { maxDurationMs: 900_000, to: ['oncall'] } },
      'dataset:a: emergency access for oncall, PT15M',
    ],
  ] as const)('%s', (_what, over, line) => {
    expect(lines(before, changed(over as Partial<ResourceGuard>))).toEqual([line]);
  });

  it('emergency access for more groups or longer, not for fewer, shorter or nobody', () => {
    const open = changed({ breakGlass: { maxDurationMs: 900_000, to: ['oncall'] } });
    expect(lines(open, changed({ breakGlass: { maxDurationMs: 900_000, to: ['oncall', 'everybody'] } }))).toHaveLength(
      1,
    );
    expect(lines(open, changed({ breakGlass: { maxDurationMs: 3_600_000, to: ['oncall'] } }))).toHaveLength(1);
    expect(lines(open, changed({ breakGlass: { maxDurationMs: 60_000, to: ['oncall'] } }))).toEqual([]);
    expect(lines(open, changed({ breakGlass: { maxDurationMs: 3_600_000, to: [] } }))).toEqual([]);
    expect(lines(open, before)).toEqual([]);
  });

  it('is not one that is stricter, new, or gone', () => {
    expect(lines(changed({ sensitivity: 'internal', masked: null }), before)).toEqual([]);
    expect(lines(before, guards({ 'dataset:b': { ...GUARD, sensitivity: 'public', upstream: 'place-b' } }))).toEqual(
      [],
    );
    expect(lines(before, guards({}))).toEqual([]);
  });

  it('cannot come back lower after it left, nor under another id that leads to the same place', () => {
    const gone = remember(before, guards({}));
    expect(lines(gone, changed({ sensitivity: 'public' }))).toEqual(['dataset:a: restricted → public']);
    const renamed = guards({ 'dataset:open': { ...GUARD, sensitivity: 'public' } });
    expect(lines(gone, renamed)).toEqual(['dataset:open (was dataset:a): restricted → public']);
    expect(lines(before, renamed)).toEqual(['dataset:open (was dataset:a): restricted → public']);
  });

  it('cannot be led elsewhere first, so that another id leads to where it was', () => {
    const elsewhere = remember(before, changed({ upstream: 'place-b' }));
    const both = guards({
      'dataset:a': { ...GUARD, upstream: 'place-b' },
      'dataset:open': { ...GUARD, sensitivity: 'public' },
    });
    expect(lines(elsewhere, both)).toHaveLength(1);
  });

  it('two entries that lead to one place are each compared with themselves', () => {
    const two = guards({ 'dataset:a': GUARD, 'dataset:masked': { ...GUARD, sensitivity: 'internal' } });
    expect(lines(two, two)).toEqual([]);
  });
});

describe('policies that are weaker than before', () => {
  const guard = { id: 'guard.restricted', body: 'one' };
  it('lost or changed a guard that needs two people; a new id for the same guard is nothing', () => {
    const before = guards({}, { twoPeople: [guard] });
    expect(lines(before, guards({}))).toHaveLength(1);
    expect(lines(before, guards({}, { twoPeople: [{ ...guard, body: 'two' }] }))).toHaveLength(1);
    expect(lines(before, guards({}, { twoPeople: [{ id: 'renamed', body: 'one' }] }))).toEqual([]);
  });
  it('permit more in emergencies, or no longer hold in them', () => {
    expect(lines(guards({}), guards({}, { emergencies: [guard] }))).toHaveLength(1);
    expect(lines(guards({}, { emergencies: [guard] }), guards({}))).toEqual([]);
    expect(lines(guards({}, { holdInEmergency: [guard] }), guards({}))).toHaveLength(1);
  });
});

describe('the guards of the solo example', () => {
  const folder = new URL('../../../examples/solo/policies/', import.meta.url);
  const texts = readdirSync(folder)
    .filter((name) => name.endsWith('.cedar'))
    .map((file) => ({ file, text: readFileSync(new URL(file, folder), 'utf8') }));

  it('name the ones that two people lift', () => {
    const found = policyGuards(texts).twoPeople.map(({ id }) => id);
    expect(found).toContain('guard.restricted');
    expect(found).not.toContain('guard.confidential');
  });

  it('are the same when only titles and comments change, and others when the count does', () => {
    const change = (from: string, to: string) => {
      const changed = texts.map(({ file, text }) => ({ file, text: text.replaceAll(from, to) }));
      expect(changed).not.toEqual(texts);
      const policies = (sources: typeof texts) => guards({}, policyGuards(sources));
      return lines(policies(texts), policies(changed));
    };
    expect(change('need two approvers', 'need 2 approvers')).toEqual([]);
    expect(change('count >= 2', 'count >= 1')).toEqual([expect.stringContaining('guard.restricted')]);
  });
});
