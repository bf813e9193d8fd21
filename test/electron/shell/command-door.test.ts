import { describe, expect, it } from 'vitest';
import { createCommandDoor, type CommandHandlers } from '#electron/shell/command-door.ts';
import { COMMAND_NAMES, type CommandName } from '#shared/contracts/desktop/channels.ts';
import { err, ok } from '#shared/domain/result.ts';
import { keepingLog } from './small-log.ts';

const ID = `gra_${'a'.repeat(22)}`;
const SECRET = 'eyJhbGciOiJFZERTQSJ9.abc123';

function open(own: Partial<CommandHandlers> = {}) {
  const called: CommandName[] = [];
  const handlers = Object.fromEntries(
    COMMAND_NAMES.map((name) => [
      name,
      async () => {
        called.push(name);
        return ok(null);
      },
    ]),
    // Every name has a handler: built from the list of names.
  ) as unknown as CommandHandlers;
  const { log, lines } = keepingLog();
  const who = { shown: 'ana' };
  return {
    door: createCommandDoor({ handlers: { ...handlers, ...own }, log, shown: () => who.shown }),
    called,
    lines,
    who,
  };
}

describe('the door of the commands', () => {
  it('calls the one function with parsed arguments', async () => {
    const { door, called } = open();
    expect(await door('done', { fromOurWindow: true, shown: 'ana', args: [{ grantId: ID }] })).toEqual({
      ok: true,
      value: null,
    });
    expect(called).toEqual(['done']);
  });

  it('refuses a stranger before it looks at the arguments', async () => {
    const { door, called, lines } = open();
    expect(await door('done', { fromOurWindow: false, shown: 'ana', args: [{ grantId: ID }] })).toMatchObject({
      error: { code: 'stranger' },
    });
    expect(called).toEqual([]);
    expect(lines.join('')).toContain('command.stranger');
  });

  it('does nothing in the name of somebody whom the window did not show', async () => {
    const { door, called, who, lines } = open();
    who.shown = 'jo';
    const args = [{ grantId: ID }];
    for (const shown of ['ana', null, undefined, { user: 'jo' }])
      expect(await door('done', { fromOurWindow: true, shown, args })).toMatchObject({
        error: { code: 'another_person' },
      });
    expect(called).toEqual([]);
    expect(lines.join('')).toContain('command.another_person');
    expect(await door('done', { fromOurWindow: true, shown: 'jo', args })).toMatchObject({ ok: true });
    // What is about the machine and not about a person is always taken.
    expect(await door('end-everything', { fromOurWindow: true, shown: 'ana', args: [null] })).toMatchObject({
      error: { code: 'internal' },
    });
    expect(called).toEqual(['done', 'end-everything']);
  });

  it.each([
    [[]],
    [[null]],
    [[{ grantId: ID, more: 1 }]],
    [[{ grantId: ID }, 'two']],
    [[{ grantId: SECRET }]],
    [[new Map()]],
  ])('refuses %j as malformed and logs no word of it', async (args) => {
    const { door, called, lines } = open();
    expect(await door('done', { fromOurWindow: true, shown: 'ana', args })).toMatchObject({
      error: { code: 'malformed' },
    });
    expect(called).toEqual([]);
    expect(lines.join('')).not.toContain(SECRET.slice(0, 10));
  });

  it('survives 10,000 malformed calls with a handful of log lines', async () => {
    const { door, called, lines } = open();
    for (let index = 0; index < 10_000; index += 1)
      await door(COMMAND_NAMES[index % COMMAND_NAMES.length] ?? 'done', {
        fromOurWindow: true,
        shown: 'ana',
        args: [{ [SECRET]: index }],
      });
    expect(called).toEqual([]);
    expect(lines.length).toBeLessThan(15);
    expect(lines.join('')).not.toContain(SECRET.slice(0, 10));
  });

  it('gives nothing back that the schema of the result does not have', async () => {
    const { door } = open({
      'copy-token': async () => ok({ clearedAtMs: 1, token: SECRET }),
      done: async () => err({ code: 'no', title: 'No', detail: null, token: SECRET }),
    });
    expect(await door('copy-token', { fromOurWindow: true, shown: 'ana', args: [{ grantId: ID }] })).toEqual(
      ok({ clearedAtMs: 1 }),
    );
    expect(await door('done', { fromOurWindow: true, shown: 'ana', args: [{ grantId: ID }] })).toEqual(
      err({ code: 'no', title: 'No', detail: null }),
    );
  });

  it('answers a failure and a result of the wrong shape alike, and logs no secret of either', async () => {
    const { door, lines } = open({
      done: async () => {
        throw new Error(`bug with ${SECRET}`);
      },
      'end-everything': async () => ok({ ended: Number.NaN, failed: 0 }),
    });
    for (const [name, args] of [
      ['done', { grantId: ID }],
      ['end-everything', null],
    ] as const)
      expect(await door(name, { fromOurWindow: true, shown: 'ana', args: [args] })).toMatchObject({
        error: { code: 'internal' },
      });
    expect(lines).toHaveLength(2);
    expect(lines.join('')).not.toContain(SECRET);
  });

  it('lets only so many run at once, and more again afterwards', async () => {
    let finish = (): void => {};
    const gate = new Promise<void>((resolve) => (finish = resolve));
    const { door } = open({ done: async () => (await gate, ok(null)) });
    const knock = () => door('done', { fromOurWindow: true, shown: 'ana', args: [{ grantId: ID }] });
    const first = Array.from({ length: 64 }, knock);
    expect(await knock()).toMatchObject({ error: { code: 'busy' } });
    finish();
    expect((await Promise.all(first)).every(({ ok: fine }) => fine)).toBe(true);
    expect(await knock()).toEqual(ok(null));
  });
});
