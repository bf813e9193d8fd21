// Past requests of a real store, replayed against other policies by the command itself.
import { cpSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DAY_MS, HOUR_MS } from '#shared/domain/time.ts';
import { expectOk, newKey, openWorld, type World } from '#test/support/broker-world.ts';
import { CONFIG } from '#test/support/world-files.ts';
import { approvedRequest, pendingRequest } from '#test/broker/http/calls.ts';
import { runDiff } from '../../build/policy-diff-command.ts';
import type { PolicyDiff } from '../../build/policy-diff.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
  writeFileSync(join(world.folder, 'daypass.yaml'), CONFIG);
  cpSync(join(world.folder, 'policies'), join(world.folder, 'other'), { recursive: true });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await world.close();
});

async function diff(...more: string[]): Promise<{ readonly code: number; readonly told: PolicyDiff }> {
  const said = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  const args = ['--config', join(world.folder, 'daypass.yaml'), '--policies', join(world.folder, 'other'), '--json'];
  const code = await runDiff([...args, ...more], world.clock.now());
  return { code, told: JSON.parse(String(said.mock.calls.at(-1)?.[0])) as PolicyDiff };
}

function change(from: string, to: string): void {
  const file = join(world.folder, 'other', 'guards.cedar');
  const text = readFileSync(file, 'utf8');
  if (!text.includes(from)) throw new Error(`no ${from}`);
  writeFileSync(file, text.replace(from, to));
}

it('nothing flips with the same policies, and the store is not touched', async () => {
  await approvedRequest(world, 'ana');
  await pendingRequest(world, 'ana');
  await world.stop();
  const file = join(world.folder, 'state', 'broker.sqlite');
  const before = readFileSync(file);
  const { code, told } = await diff('--fail-on-flip');
  expect({ code, told }).toEqual({ code: 0, told: { replayed: 2, skipped: 0, unlikeThen: 0, flips: [] } });
  expect(readFileSync(file).equals(before)).toBe(true);
  expect(statSync(file).isFile()).toBe(true);
});

it('says what would come out otherwise, from what to what, and fails when it is told to', async () => {
  await approvedRequest(world, 'ana');
  const pending = await pendingRequest(world, 'ana');
  change('unless { context.approvals.count >= 1 };', 'unless { context.approvals.count >= 2 };');
  const { code, told } = await diff('--fail-on-flip');
  expect(code).toBe(1);
  expect(told.flips).toEqual([
    {
      request: pending.id,
      askedAt: new Date(world.clock.now()).toISOString(),
      resource: 'dataset:legislators',
      from: 'needs_approval (1)',
      to: 'needs_approval (2)',
      because: ['guard.confidential'],
    },
  ]);
  expect((await diff()).code).toBe(0);
});

it('asks as of the time of the request, not of today', async () => {
  await approvedRequest(world, 'ana');
  world.clock.advance(12 * HOUR_MS);
  const night = { resource: 'dataset:weather', actions: ['read'], purpose: 'evaluation', durationMs: HOUR_MS };
  const asked = expectOk(await (await world.as('ana')).submit(night, newKey()));
  expect(asked.decision.outcome).toBe('needs_confirmation');
  const { told } = await diff();
  expect(told).toMatchObject({ replayed: 2, unlikeThen: 0, flips: [] });
});

it('looks only at the days that were asked for', async () => {
  await approvedRequest(world, 'ana');
  world.clock.advance(3 * DAY_MS);
  expect((await diff('--days', '2')).told.replayed).toBe(0);
  expect((await diff('--days', '4')).told.replayed).toBe(1);
});
