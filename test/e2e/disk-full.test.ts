// A disk without room: nothing new is granted, what is held is wiped all the same, and the start after it writes down
// what could not be written. Needs a small disk of its own, which only root can make.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { until } from '#test/desktop/until.ts';
import { faultsInLogs } from './support/books.ts';
import { fixGatewayPort } from './support/fixed-port.ts';
import { checkOut, knock, must, nextAttempt, PATIENCE_MS, served, stateThat, wishFor } from './support/knock.ts';
import { type Daypass, openDaypass } from './support/open-daypass.ts';
import { copiesInKeychain, exportedLogs, gatewayStatus, type Logs } from './support/outside.ts';

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

/** Takes the last room, also what the app gives back meanwhile. */
function fill(folder: string): string {
  const file = path.join(folder, 'filler');
  for (let bytes = 1024 * 1024; bytes >= 512;) {
    try {
      writeFileSync(file, Buffer.alloc(bytes), { flag: 'a' });
    } catch {
      bytes /= 2;
    }
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
  // Room comes back while the app runs: what was not written is written then.
  const first = await wipeOnFullDisk(daypass, folder);
  rmSync(first.filler);
  await stateThat(page, 'room', ({ disk, grants }) => disk === 'ok' && grants.length === 0);
  await gatewayRefuses(first);
  // Or only after a kill: nobody can know any more who deleted it, and the person is told that it is gone. Unless there
  // was room for its record by then: the app gives some back as it works.
  const second = await wipeOnFullDisk(daypass, folder);
  await desk.app.kill('SIGKILL');
  rmSync(second.filler);
  await start();
  const again = await desk.window();
  await served(again);
  const early = wipesDone(await exportedLogs(desk, again, 'early'));
  if (early === 1) {
    const { grants } = await stateThat(again, 'the lost copy', (state) => state.grants[0]?.phase === 'missing');
    await must(again, 'done', { grantId: grants[0]?.grantId ?? '' });
  }
  await gatewayRefuses(second);
  const logs = await exportedLogs(desk, again, 'room');
  expect(faultsInLogs(logs, [])).toEqual([]);
  expect([1, 2]).toContain(early);
  expect(wipesDone(logs)).toBe(early);
  await checkOut(again);
});

function wipesDone({ desktop }: Logs): number {
  return desktop.filter(({ kind }) => kind === 'wipe.done').length;
}

type Wiped = { readonly filler: string; readonly url: string; readonly token: string };

/** Checks out, takes all room, and says Done. */
async function wipeOnFullDisk({ desk }: Daypass, folder: string): Promise<Wiped> {
  const page = await desk.window();
  const { grantId, url } = await checkOut(page);
  const [copy] = await copiesInKeychain(desk);
  const filler = fill(folder);
  await fillTheLog(page);
  const asked = await knock(page, 'ask', { wish: wishFor(), attempt: nextAttempt() });
  expect(await copiesInKeychain(desk)).toHaveLength(1);
  // The broker may have had room left in a journal of its own: then it kept the request, and it is taken back here,
  // else it would be collected as soon as there is room.
  if (asked.ok) await must(page, 'withdraw', { requestId: asked.value.requestId });
  await knock(page, 'done', { grantId });
  const isEmpty = async (): Promise<true | undefined> =>
    (await copiesInKeychain(desk)).length === 0 ? true : undefined;
  await until('the wipe', isEmpty, PATIENCE_MS);
  return { filler, url: url ?? '', token: copy?.token ?? '' };
}

async function gatewayRefuses({ url, token }: Wiped): Promise<void> {
  const isRefused = async (): Promise<true | undefined> =>
    (await gatewayStatus(url, token)) === 401 ? true : undefined;
  await until('the gateway to refuse', isRefused, PATIENCE_MS);
}

/** The database has some room of its own in its journal: it is used up until the disk is needed. */
async function fillTheLog(page: Page): Promise<void> {
  let favourite = false;
  const isFull = async (): Promise<true | undefined> => {
    favourite = !favourite;
    await knock(page, 'set-favourite', { resource: 'dataset:penguins', favourite });
    return (await must(page, 'get-state', null)).disk === 'full' ? true : undefined;
  };
  await until('the news of the full disk', isFull, PATIENCE_MS);
}
