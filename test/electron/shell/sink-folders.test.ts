import { expect, it } from 'vitest';
import type { Agent } from '#electron/agent/agent.ts';
import { allCommands } from '#electron/shell/shell-commands.ts';
import type { NewSink } from '#shared/contracts/desktop/sinks.ts';
import { ok } from '#shared/domain/result.ts';

it('a window can have the log written only into a folder that the person chose in the system’s own window', async () => {
  const added: NewSink[] = [];
  // Only what these commands use.
  const agent = {
    commands: {
      'add-sink': async (wish: NewSink) => {
        added.push(wish);
        return ok(null);
      },
    },
  } as unknown as Agent;
  const answers: (string | null)[] = ['/home/ana/audit', null];
  const commands = allCommands({
    agent,
    window: { hide: () => undefined, takeRoute: () => ({ screen: 'history' }), visible: () => null },
    quit: () => undefined,
    askFolder: async () => '/home/ana/exports',
    askSinkFolder: async () => answers.shift() ?? null,
  });
  const into = (folder: string): NewSink => ({ kind: 'file', name: 'copy', folder });
  const refused = { ok: false, error: { code: 'sink_folder_not_chosen' } };
  expect(await commands['add-sink'](into('/home/ana/audit'))).toMatchObject(refused);
  expect(await commands['choose-sink-folder'](null)).toEqual(ok({ folder: '/home/ana/audit' }));
  expect(await commands['choose-sink-folder'](null)).toEqual(ok({ folder: null }));
  for (const folder of ['/home/ana', '/home/ana/audit/..', '/home/ana/audit/deeper', '/home/ana/.config/autostart'])
    expect(await commands['add-sink'](into(folder))).toMatchObject(refused);
  await commands['export-log'](null).catch(() => undefined);
  expect(await commands['add-sink'](into('/home/ana/exports'))).toMatchObject(refused);
  expect(added).toEqual([]);
  expect(await commands['add-sink'](into('/home/ana/audit'))).toEqual(ok(null));
  const hook: NewSink = { kind: 'webhook', name: 'hook', url: 'https://x.example/', secret: `whsec_${'A'.repeat(32)}` };
  expect(await commands['add-sink'](hook)).toEqual(ok(null));
  expect(added).toEqual([into('/home/ana/audit'), hook]);
});
