// A disk without room: nothing new is granted, what is held is wiped all the same, and the start after it writes down
// what could not be written. Needs a small disk of its own, which only root can make.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { until } from '#test/desktop/until.ts';
import { faultsInLogs } from './support/books.ts';
import { fixGatewayPort } from './support/fixed-port.ts';
import { checkOut, knock, must, nextAttempt, PATIENCE_MS, served, stateThat, wishFor } from './support/knock.ts';
import { type Daypass, openDaypass } from './support/open-daypass.ts';
import { copiesInKeychain, exportedLogs, gatewayStatus } from './support/outside.ts';

const canMount = mountsHere();
const NAME = canMount
  ? 'grants nothing on a full disk, wipes all the same, and writes it down when there is room'
  : 'full disk: left out, because a small disk can only be mounted as root';

/** A mount of this process's own user, tried once. */
function mountsHere(): boolean {
  const folder = mkdtempSync(path.join(tmpdir(), 'daypass-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Puts the data folder on a disk of its own. Gives the way to take it away again. */
function mountSmallDisk(folder: string): () => void {
  const kept = `${folder}-kept`;
  cpSync(folder, kept, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m,mode=0700', 'tmpfs', folder]);
  cpSync(kept, folder, { recursive: true });
  return () => void execFileSync('umount', ['--lazy', folder]);
}

/** Takes the last byte of room. */
function fill(folder: string): string {
  const file = path.join(folder, 'filler');
  for (let rest = statfsSync(folder); rest.bavail > 0; rest = statfsSync(folder)) {
    writeFileSync(file, Buffer.alloc(rest.bavail * rest.bsize), { flag: 'a' });
  }
  return file;
}

it.skipIf(!canMount)(NAME, { timeout: 4 * PATIENCE_MS }, async () => {
  await using ending = new AsyncDisposableStack();
  let folder = '';
  const daypass: Daypass = ending.use(
    await openDaypass({
      prepare: async (files) => {
        await fixGatewayPort(files);
        folder = files.dataFolder;
        ending.defer(mountSmallDisk(folder));
      },
    }),
  );
  const { desk, start } = daypass;
  const page = await desk.window();
  await served(page);
  const { grantId, url } = await checkOut(page);
  const [copy] = await copiesInKeychain(desk);
  const filler = fill(folder);
  const refused = await knock(page, 'ask', { wish: wishFor(), attempt: nextAttempt() });
  expect(refused.ok).toBe(false);
  expect(await copiesInKeychain(desk)).toHaveLength(1);
  await knock(page, 'done', { grantId });
  const isEmpty = async (): Promise<true | undefined> =>
    (await copiesInKeychain(desk)).length === 0 ? true : undefined;
  await until('the wipe', isEmpty, PATIENCE_MS);
  await stateThat(page, 'the news of the full disk', ({ disk }) => disk === 'full');
  await must(page, 'get-state', null);
  await desk.app.kill('SIGKILL');
  rmSync(filler);
  await start();
  const again = await desk.window();
  await stateThat(again, 'room', ({ disk, broker }) => disk === 'ok' && broker.kind === 'ready');
  await stateThat(again, 'nothing held', ({ grants }) => grants.length === 0);
  const logs = await exportedLogs(desk, again, 'room');
  expect(faultsInLogs(logs, [])).toEqual([]);
  expect(logs.desktop.filter(({ kind }) => kind === 'wipe.done')).toHaveLength(1);
  await until('the gateway to refuse', async () =>
    (await gatewayStatus(url ?? '', copy?.token ?? '')) === 401 ? true : undefined,
  );
  await checkOut(again);
});
