import { expect, it } from 'vitest';
import { tellLogTrouble } from '#electron/agent/sinks/log-trouble.ts';
import type { Notice } from '#electron/agent/ports.ts';
import type { DesktopState } from '#shared/contracts/desktop/state.ts';
import { sampleSink, sampleState } from '../../shell/sample-state.ts';

function world(kept: string | null = null) {
  const shown: Notice[] = [];
  const gone: string[] = [];
  const disk = { told: kept };
  const start = () =>
    tellLogTrouble({
      notices: { show: (notice) => shown.push(notice), withdraw: (tag) => gone.push(tag) },
      told: () => disk.told,
      keep: async (told) => {
        disk.told = told;
      },
    });
  return { shown, gone, disk, start };
}

const trouble = (...names: readonly string[]): DesktopState =>
  sampleState({ sinks: names.map((name) => sampleSink({ name, needsLook: true })) });
const well = sampleState({ sinks: [sampleSink({ name: 'siem' })] });

it('tells once when a place that the log goes to needs a person, leads there, and takes it back when that is over', async () => {
  const { shown, gone, start } = world();
  const see = start();
  await see(well);
  expect(shown).toEqual([]);
  for (let times = 0; times < 3; times += 1) await see(trouble('siem'));
  expect(shown).toHaveLength(1);
  expect(shown[0]).toMatchObject({ route: { screen: 'sinks' }, urgency: 'normal', actions: [] });
  expect(shown[0]?.body).toContain('siem');
  await see(trouble('siem', 'copy'));
  expect(shown[1]?.body).toContain('copy');
  await see(trouble('copy'));
  expect([shown.length, gone]).toEqual([2, []]);
  await see(well);
  expect(gone).toEqual(['log-trouble']);
  await see(trouble('copy'));
  expect(shown).toHaveLength(3);
});

it('tells nothing again after a restart, unless it was over in between', async () => {
  const { shown, start, disk } = world();
  await start()(trouble('siem'));
  const again = start();
  await again(trouble('siem'));
  expect(shown).toHaveLength(1);
  await again(well);
  await start()(trouble('siem'));
  expect(shown).toHaveLength(2);
  disk.told = 'not what we wrote';
  await start()(trouble('siem'));
  expect(shown).toHaveLength(3);
});

it('tells of an alarm as what it is, and of each kind of it', async () => {
  const { shown, start } = world();
  const see = start();
  await see(sampleState({ sync: { kind: 'stuck', code: 'unreachable', records: 3 } }));
  expect(shown).toEqual([]);
  await see(sampleState({ sync: { kind: 'alarm', code: 'smaller' } }));
  await see(sampleState({ sync: { kind: 'alarm', code: 'smaller' } }));
  expect(shown).toMatchObject([{ urgency: 'critical', route: { screen: 'sinks' } }]);
  await see(sampleState({ sync: { kind: 'alarm', code: 'log_damaged' } }));
  expect(shown).toHaveLength(2);
});
