// What desktops forget when somebody was erased: that person's own, also one that was off or offline, and others' that
// had the name or words on the screen.
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { expectOk, openWorld, type World } from '#test/support/broker-world.ts';
import { SECOND_MS } from '#shared/domain/time.ts';
import { FORM, openMachine, startDesk, type Desk, type Machine } from '#test/support/agent-world.ts';

const WORDS = 'Quillfeather counts the members';
const WISH = { ...FORM, resource: 'dataset:legislators', justification: WORDS };
const SETTINGS = { settings: { wipeOnQuit: false } };

let world: World;
let own: Machine;
let others: Machine;
const desks: Desk[] = [];

beforeEach(async () => {
  world = await openWorld();
  own = await openMachine(world);
  others = await openMachine(world);
});
afterEach(async () => {
  for (const desk of desks.splice(0)) await desk.stop();
  await own.close();
  await others.close();
  await world.close();
});

async function start(machine: Machine, osUser: string): Promise<Desk> {
  const desk = await startDesk(machine, { ...SETTINGS, osUser });
  desks.push(desk);
  await expect.poll(() => desk.agent.state().me?.user).toBe(osUser);
  return desk;
}

async function eraseAna(): Promise<void> {
  const lee = await world.as('lee');
  const { people } = expectOk(await lee.people());
  const ana = people.find(({ name }) => name.startsWith('Ana Lima'));
  expectOk(await lee.erasePerson(ana?.person ?? '', 'They asked for it'));
}

const wishes = async (): Promise<string> =>
  JSON.stringify(await own.store.read.selectFrom('session_wishes').selectAll().execute());
const screenOf = (desk: Desk): string => JSON.stringify(desk.agent.state());

it('are forgotten on the desktop of the person, and on the screen of who was asked', async () => {
  const ana = await start(own, 'ana');
  const jo = await start(others, 'jo');
  expectOk(await ana.agent.commands.ask({ wish: WISH, attempt: randomUUID() }));
  await expect.poll(wishes).toContain(WORDS);
  await expect.poll(() => screenOf(jo)).toContain(WORDS);
  await eraseAna();
  // The stream of who was erased may end before it tells of it; the next one begins a moment later.
  const later = async (): Promise<string> => {
    ana.timers.advance(SECOND_MS);
    return await wishes();
  };
  await expect.poll(later).not.toContain(WORDS);
  await expect.poll(() => screenOf(jo)).not.toContain(WORDS);
  await expect.poll(() => screenOf(ana)).not.toContain(WORDS);
  expect(ana.troubles).toEqual([]);
});

it('are forgotten by a desktop that was off meanwhile, when it next connects, and only once', async () => {
  const first = await start(own, 'ana');
  expectOk(await first.agent.commands.ask({ wish: WISH, attempt: randomUUID() }));
  await expect.poll(wishes).toContain(WORDS);
  await first.stop();
  desks.pop();
  await eraseAna();
  const again = await start(own, 'ana');
  await expect.poll(wishes).not.toContain(WORDS);
  expectOk(await again.agent.commands.ask({ wish: WISH, attempt: randomUUID() }));
  await expect.poll(wishes).toContain(WORDS);
  await again.stop();
  desks.pop();
  const later = await start(own, 'ana');
  await expect.poll(() => later.agent.state().presets.length).toBeGreaterThan(0);
  expect(await wishes()).toContain(WORDS);
});
