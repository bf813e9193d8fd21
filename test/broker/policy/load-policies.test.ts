import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadPolicies } from '#broker/policy/load-policies.ts';
import { readPolicyFolder } from '#broker/policy/read-policy-folder.ts';
import { CATALOG_ACTIONS, engineOf, PERMIT_ALL, policy } from './examples.ts';

const VECTORS = path.resolve(import.meta.dirname, '../../vectors/policy');
const refusedSchema = z.array(
  z.strictObject({ name: z.string(), policy: z.string(), code: z.string(), line: z.int(), column: z.int() }),
);
const refused = refusedSchema.parse(parse(readFileSync(path.join(VECTORS, 'refused.yaml'), 'utf8')));

describe('refuses to load, with file, line and column:', () => {
  test.each(refused)('$name', ({ policy: text, code, line, column }) => {
    const loaded = loadPolicies([{ file: 'policies/a.cedar', text }], { actions: CATALOG_ACTIONS });
    expect(loaded.ok ? 'it loads' : loaded.error[0]).toMatchObject({ file: 'policies/a.cedar', code, line, column });
  });
});

describe('loads what says who lifts a guard:', () => {
  const when = (condition: string): string => policy('a', 'forbid', `when { ${condition} }`);
  const unless = (condition: string): string => policy('a', 'forbid', `unless { ${condition} }`);
  test.each([
    unless('context has mfaAge && context.mfaAge <= duration("15m")'),
    unless('principal has contractor && !principal.contractor'),
    unless('context has local && (context.local.dow <= 5 || context.approvals.count > 0)'),
    when('!(context has network && context.network.isInRange(ip("10.0.0.0/8")))'),
    when('resource has residency && !(context.device has country)'),
    when('context.approvals.count < 2 || !context.approvals.owner'),
    when('resource.sensitivity > 1 && 1 > context.approvals.count'),
    policy('a', 'permit', 'when { context.device has managed && context.device.managed }'),
    policy('a', 'permit', 'when { if resource.personal then context.approvals.count >= 1 else true }'),
    `@trustsClaim("reviewed weekly") ${policy('a', 'permit', 'when { context.claimed has ticket && context.claimed.ticket like "INC-*" }')}`,
  ])('%s', (text) => {
    expect(engineOf(text).policyHash).toMatch(/^[0-9a-f]{64}$/);
  });
});

test('an id that another file uses already is refused there', () => {
  const sources = [
    { file: 'one.cedar', text: PERMIT_ALL },
    { file: 'two.cedar', text: `\n${PERMIT_ALL}` },
  ];
  const loaded = loadPolicies(sources, { actions: [] });
  expect(loaded).toMatchObject({ ok: false, error: [{ file: 'two.cedar', line: 2, column: 1, code: 'id_duplicate' }] });
});

test('an action of the catalog cannot take a name that policies use for something else', () => {
  for (const name of ['approve', 'access', 'Read', '"] appliesTo']) {
    const loaded = loadPolicies([], { actions: ['read', name] });
    expect(loaded).toMatchObject({ ok: false, error: [{ code: 'action_name' }] });
  }
});

test('all problems are told at once', () => {
  const loaded = loadPolicies(
    [
      {
        file: 'one.cedar',
        text: policy('a', 'forbid', 'when { context.claimed.purpose == "x" && context has mfaAge }'),
      },
      { file: 'two.cedar', text: policy('b', 'forbid', 'when { resource.sensitvity > 1 }') },
    ],
    { actions: [] },
  );
  expect(loaded.ok ? [] : loaded.error.map(({ file, code }) => `${file} ${code}`).toSorted()).toEqual([
    'one.cedar claim_untrusted',
    'one.cedar unknown_slips_past',
    'two.cedar validation',
  ]);
});

test('the hash follows the policies and the actions, not the files and their order', () => {
  const [one, two] = [policy('a', 'permit'), policy('b', 'forbid', 'when { resource.sensitivity > 2 }')];
  const { policyHash } = engineOf(one, two);
  expect(engineOf(two, one).policyHash).toBe(policyHash);
  expect(engineOf(`${one}\n// a comment\n${two}`).policyHash).toBe(policyHash);
  expect(engineOf(one).policyHash).not.toBe(policyHash);
  const more = loadPolicies([{ file: 'a', text: one + two }], { actions: [...CATALOG_ACTIONS, 'train'] });
  expect(more.ok && more.value.policyHash).not.toBe(policyHash);
});

test('a folder that cannot be read is an error, never an empty set of policies', async () => {
  await expect(readPolicyFolder(path.join(VECTORS, 'no-such-folder'))).rejects.toThrow('ENOENT');
});
