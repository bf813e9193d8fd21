// Whatever happens to a desktop and its broker, in whatever order: they come to agree again, or to an alarm that a
// person can end. Nothing that the desktop has is missing or doubled at the broker, nothing that was announced is alarmed.
import { existsSync, rmSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { sql } from 'kysely';
import { describe, expect, it, vi } from 'vitest';
import type { AuditClient } from '#electron/agent/outbox/audit-client.ts';
import { HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';
import { err } from '#shared/domain/result.ts';
import { PROBLEMS, problemSchema } from '#shared/contracts/problem.ts';
import { openWorld, type World } from '#test/support/broker-world.ts';
import { backUpStore } from '#test/support/test-store.ts';
import { appendNumbered } from './open-test-outbox.ts';
import { kindsOf, numbersOf, openSynced, type Synced, uidsOf } from './open-synced.ts';

const PATIENCE = { timeout: 60_000, interval: 5 };
/** The same runs each time: others are tried by hand, with other seeds. */
const RUNS = { seed: 20_261_122, numRuns: 4, endOnFailure: true } as const;

const STEPS = [
  'append',
  'sync',
  'lose an answer',
  'back up the desktop',
  'restore the desktop',
  'back up the broker',
  'restore the broker',
  'restore both',
  'lose the device key',
  'change the ledger’s key',
] as const;
type Step = (typeof STEPS)[number];

const UNREACHABLE = problemSchema.parse({ type: 'x', code: 'unavailable', ...PROBLEMS.unavailable });

async function run(steps: readonly Step[]): Promise<void> {
  const world = await openWorld();
  const seeds = [world.keys.ledger];
  let device = 'laptop-0';
  let devices = 1;
  let written = 0;
  let losesNext = false;
  let synced = await open();
  let brokerBackup: { readonly putBack: () => Promise<void>; readonly keys: number } | null = null;
  let deskBackup: { readonly file: string; readonly device: string } | null = null;
  /** A backup from before the key that this desktop knows, which was followed by another: nobody hands over to that. */
  let mayAlarm = false;

  async function open(): Promise<Synced> {
    const between = (client: AuditClient): AuditClient => ({
      ...client,
      appendAudit: async (body) => {
        const answer = await client.appendAudit(body);
        if (!losesNext) return answer;
        losesNext = false;
        return err(UNREACHABLE);
      },
    });
    // One database, whatever key the computer has.
    return await openSynced(world, { device, between, file: 'desk.db' });
  }
  const file = (): string => join(world.folder, 'desk.db');
  const start = async (restored = false): Promise<void> => {
    const [ledger = world.keys.ledger, ...previousLedgerKeys] = seeds.toReversed();
    await world.start({ keys: { ...world.keys, ledger }, previousLedgerKeys, restored });
    // Who was enrolled after the backup is enrolled again by signing in.
    await world.as('ana', device);
  };
  const reopened = async (work: () => Promise<void>): Promise<void> => {
    await synced.close();
    await work();
    synced = await open();
  };
  const restoreBroker = async (): Promise<void> => {
    if (brokerBackup === null) return;
    await world.stop();
    await brokerBackup.putBack();
    if (brokerBackup.keys < seeds.length) mayAlarm = true;
    world.clock.advance(HOUR_MS);
    await start(true);
    synced.sync.hurry();
  };
  const restoreDesktop = async (): Promise<void> => {
    const backup = deskBackup;
    if (backup === null) return;
    await reopened(async () => {
      for (const end of ['', '-wal', '-shm']) rmSync(`${file()}${end}`, { force: true });
      await cp(backup.file, file());
    });
  };

  const DO: Readonly<Record<Step, () => Promise<void>>> = {
    append: async () => {
      await appendNumbered(synced, written, written + 3);
      written += 3;
    },
    sync: async () => await comesToAgree(synced, mayAlarm),
    'lose an answer': async () => {
      losesNext = true;
      await DO.append();
    },
    'back up the desktop': async () => {
      const to = join(world.folder, `desk-${written}.bak`);
      await reopened(async () => await cp(file(), to));
      deskBackup = { file: to, device };
    },
    'restore the desktop': restoreDesktop,
    'back up the broker': async () => {
      await world.stop();
      brokerBackup = { putBack: await backUpStore(join(world.folder, 'state', 'broker.sqlite')), keys: seeds.length };
      await start();
    },
    'restore the broker': restoreBroker,
    'restore both': async () => {
      await restoreBroker();
      await restoreDesktop();
    },
    'lose the device key': async () => {
      await reopened(async () => {
        device = `laptop-${devices}`;
        devices += 1;
        await world.as('ana', device);
      });
    },
    'change the ledger’s key': async () => {
      await world.stop();
      seeds.push(new Uint8Array(32).fill(seeds.length));
      await start();
    },
  };

  try {
    for (const step of steps) {
      world.clock.advance(MINUTE_MS);
      await DO[step]();
    }
    await DO.append();
    await comesToAgree(synced, mayAlarm);
    await holds(world, synced);
  } finally {
    await synced.close();
    await world.close();
  }
}

/** To synced, or, where it may be, to an alarm that a person ends. */
async function comesToAgree(synced: Synced, mayAlarm: boolean): Promise<void> {
  await vi.waitFor(async () => {
    synced.sync.hurry();
    const { kind } = synced.sync.state();
    if (kind === 'alarm' && mayAlarm) await synced.sync.acceptLedger();
    expect(kind).toBe('synced');
    expect(synced.sync.verification().cosigned?.records ?? 0).toBe(await synced.outbox.records());
  }, PATIENCE);
  if (!mayAlarm) expect(await ownKinds(synced)).not.toContain('checkpoint.regressed');
}

async function ownRecords({ store }: Synced): Promise<readonly string[]> {
  const { rows } = await sql<{ canonical: string }>`
    select canonical from outbox_records union all select canonical from outbox_old_records
  `.execute(store.read);
  return rows.map(({ canonical }) => canonical);
}

const ownKinds = async (synced: Synced): Promise<readonly string[]> => kindsOf(await ownRecords(synced));

/** All that the desktop has is at the broker, and nothing is there twice, under whatever key. */
async function holds(world: World, synced: Synced): Promise<void> {
  const { rows } = await sql<{ canonical: string }>`
    select canonical from desktop_records
  `.execute(world.store().read);
  const there = new Set(uidsOf(rows.map(({ canonical }) => canonical)));
  const missing = (await ownRecords(synced)).filter((record) => !there.has(uidsOf([record])[0] ?? ''));
  expect(numbersOf(missing)).toEqual([]);
  const uids = uidsOf(rows.map(({ canonical }) => canonical));
  expect(uids.toSorted()).toEqual([...new Set(uids)].toSorted());
  expect(existsSync(world.folder)).toBe(true);
}

describe('a desktop and its broker', () => {
  it('agree again after anything in any order', async () => {
    const steps = fc.array(fc.constantFrom(...STEPS), { minLength: 4, maxLength: 8 });
    await fc.assert(fc.asyncProperty(steps, run), RUNS);
  }, 300_000);

  it.each<readonly [string, readonly Step[]]>([
    [
      'a disk put back twice',
      [
        'append',
        'sync',
        'back up the desktop',
        'append',
        'sync',
        'restore the desktop',
        'append',
        'sync',
        'restore the desktop',
      ],
    ],
    [
      'both put back, then the key lost',
      [
        'append',
        'back up the broker',
        'back up the desktop',
        'append',
        'sync',
        'restore both',
        'sync',
        'lose the device key',
      ],
    ],
    [
      'keys changed while it was put back',
      [
        'append',
        'sync',
        'back up the desktop',
        'change the ledger’s key',
        'sync',
        'change the ledger’s key',
        'restore the desktop',
      ],
    ],
    [
      'the broker put back to before its key was changed',
      [
        'append',
        'sync',
        'back up the broker',
        'change the ledger’s key',
        'append',
        'sync',
        'restore the broker',
        'append',
        'restore the broker',
      ],
    ],
  ])('%s', async (_what, steps) => await run(steps), 120_000);
});
