import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import { beforeEach, expect, test, vi } from 'vitest';
import { engineOf, PERMIT_ALL, policy, question } from './examples.ts';

vi.mock('@cedar-policy/cedar-wasm/nodejs', { spy: true });

beforeEach(() => vi.clearAllMocks());

test('fifty reloads use a handful of names inside Cedar', () => {
  for (let reload = 0; reload < 50; reload += 1) {
    const engine = engineOf(PERMIT_ALL, policy(`guard-${reload}`, 'forbid', 'when { resource.sensitivity > 2 }'));
    expect(engine.decide(question(), []).outcome).toBe('approved');
  }
  const sets = vi.mocked(cedar.preparsePolicySet).mock.calls.map(([name]) => name);
  const schemas = vi.mocked(cedar.preparseSchema).mock.calls.map(([name]) => name);
  expect(schemas).toHaveLength(50);
  expect(new Set(schemas).size).toBe(4);
  expect(new Set(sets).size).toBe(20);
});

test('an engine whose place was taken by others still answers by its own policies', () => {
  const strict = engineOf(policy('none', 'forbid'));
  const engines = Array.from({ length: 9 }, (_, index) => engineOf(policy(`p${index}`, 'permit')));
  expect(strict.decide(question(), []).reasons).toMatchObject([{ policyId: 'none' }]);
  for (const [index, engine] of engines.entries()) {
    expect(engine.decide(question(), []).reasons).toMatchObject([{ policyId: `p${index}` }]);
    expect(strict.decide(question(), []).outcome).toBe('denied');
  }
});
