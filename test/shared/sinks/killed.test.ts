import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accept, openReceiver, type Receiver, refuse, reset } from '../../support/hostile-receiver.ts';
import { openSinkLog } from '../../support/sink-log.ts';
import { arrivals, otlpBodies, uidsOf } from '../../support/sink-readings.ts';
import { privateFolder } from '../store/open-test-store.ts';

const SENDER = fileURLToPath(new URL('./killed-sender.ts', import.meta.url));
const KILLS = 3;
/** Calls that a run makes before it is killed. */
const CALLS = 6;

let place: ReturnType<typeof privateFolder>;
let receiver: Receiver;
beforeEach(async () => {
  place = privateFolder();
  receiver = await openReceiver();
});
afterEach(async () => {
  await receiver.close();
  place.remove();
});

describe('a program that is killed while it sends', () => {
  it('sends again what it had no answer for, and loses nothing', async () => {
    const url = `${receiver.url}/v1/logs`;
    const path = join(place.folder, 'sink', 'audit.jsonl');
    let count = 0;
    // One in three answers is lost, one in five refused.
    receiver.behave((...call) => {
      count += 1;
      return (count % 3 === 0 ? reset(true) : count % 5 === 0 ? refuse(503) : accept())(...call);
    });
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const before = receiver.calls.length;
      const sender = spawn(process.execPath, [SENDER, place.folder, url, path], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      await expect.poll(() => receiver.calls.length, { timeout: 60_000, interval: 5 }).toBeGreaterThan(before + CALLS);
      sender.kill('SIGKILL');
      await once(sender, 'exit');
    }
    const log = await openSinkLog(place.folder);
    const sinks = await log.open([
      { sink: { kind: 'otlp', name: 'collector', url }, secret: null, managed: false },
      { sink: { kind: 'file', name: 'local', path, maxBytes: 67_108_864, keep: 10 }, secret: null, managed: false },
    ]);
    await expect
      .poll(async () => await sinks.deliveredUpTo(), { timeout: 60_000, interval: 5 })
      .toMatchObject({ kind: 'up_to', cursors: [{ sequence: log.log.size() - 1 }, { sequence: log.log.size() - 1 }] });
    const uids = await log.uids();
    expect(arrivals(receiver.taken, otlpBodies)).toEqual(uids);
    const lines = (await readFile(path, 'utf8')).split('\n');
    expect(lines.pop()).toBe('');
    expect([...new Set(uidsOf(lines))]).toEqual(uids);
    // Its cursor outlived each kill: what the first call brought was answered, and never came again.
    const sent = receiver.taken.flatMap((call) => uidsOf(otlpBodies(call)));
    expect(sent.filter((uid) => uid === uids[0])).toHaveLength(1);
    await log.close();
  }, 240_000);
});
