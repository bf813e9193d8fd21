import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sessionOutbox } from '#electron/agent/outbox/session-outbox.ts';
import { createSigning } from '#electron/agent/outbox/sign-outbox.ts';
import { startSync } from '#electron/agent/outbox/sync.ts';
import { createHandTimers } from '#test/support/hand-timers.ts';
import { appendNumbered, NOW_MS, openTestOutbox, rowCount, SIGNER, type TestOutbox } from './open-test-outbox.ts';

let folder: string;
let path: string;
let opened: TestOutbox;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'daypass-signing-'));
  path = join(folder, 'agent.db');
  opened = await openTestOutbox(path);
  await appendNumbered(opened, 0, 5);
});
afterEach(async () => {
  await opened.close();
  rmSync(folder, { recursive: true, force: true });
});

async function changeOutside(statement: string): Promise<void> {
  await opened.close();
  const raw = new DatabaseSync(path);
  raw.exec(statement);
  raw.close();
  opened = await openTestOutbox(path, { signer: null });
}

describe('the key of the log', () => {
  it('that finds a changed log stops nobody: records are taken in, and no grant begins', async () => {
    await changeOutside(
      "update outbox_records set canonical = replace(canonical, 'crd_3', 'crd_4') where sequence = 3",
    );
    const timers = createHandTimers();
    const troubles: unknown[] = [];
    const signing = createSigning({ outbox: opened.outbox, timers, onTrouble: (error) => troubles.push(error) });
    await signing.use(SIGNER);
    expect(signing.damaged()).toBe(true);
    expect(troubles).toHaveLength(1);
    expect(timers.pending()).toBe(0);
    await appendNumbered(opened, 5, 6);
    expect(await rowCount(opened.store, 'outbox_intake')).toBe(1);

    const { store, outbox } = opened;
    const clock = { now: () => NOW_MS };
    const sync = await startSync({ store, outbox, clock, pin: {}, timers, client: () => null });
    const seen = sessionOutbox({
      store,
      outbox,
      sync,
      clock,
      device: () => null,
      diskFull: () => false,
      damaged: signing.damaged,
    });
    expect(seen.state()).toEqual({ kind: 'alarm', code: 'log_damaged' });
    expect(seen.canRecordGrant()).toEqual({ ok: false, error: 'alarm' });
    expect(seen.verification()).toMatchObject({ result: 'failed', code: 'log_damaged' });
    await sync.close();
  });

  it('is tried again after trouble that passes', async () => {
    let failures = 1;
    const timers = createHandTimers();
    const used: unknown[] = [];
    const signing = createSigning({
      outbox: {
        useKey: async (signer) => {
          if (failures-- > 0) throw new Error('the disk is full');
          used.push(signer);
        },
      },
      timers,
      onTrouble: () => undefined,
    });
    await signing.use(SIGNER);
    expect(signing.damaged()).toBe(false);
    expect(used).toEqual([]);
    timers.pass(10_000);
    await expect.poll(() => used).toEqual([SIGNER]);
    expect(timers.pending()).toBe(0);
  });
});
