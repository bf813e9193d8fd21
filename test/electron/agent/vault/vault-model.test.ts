import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createDeadlines } from '#electron/agent/time/deadlines.ts';
import { openVault } from '#electron/agent/vault/open-vault.ts';
import type { Vault } from '#electron/agent/vault/vault.ts';
import type { BrokerClient } from '#shared/client/broker-client.ts';
import type { OutboxEvent } from '#shared/domain/audit-event.ts';
import { ok } from '#shared/domain/result.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '#shared/domain/time.ts';
import type { Store } from '#shared/store/store.ts';
import type { VaultTables } from '#electron/agent/vault/tables.ts';
import { collectedView } from '#test/support/collected-view.ts';
import { createHandClipboard } from '#test/support/hand-clipboard.ts';
import { createHandKeychain } from '#test/support/hand-keychain.ts';
import { createHandTimers } from '#test/support/hand-timers.ts';
import { openRecordedStore, recordInto, type RecordedTables } from '#test/support/recorded-store.ts';

const START = Date.parse('2026-11-24T09:00:00Z');

type Step =
  | { readonly kind: 'check out'; readonly request: number; readonly answer: 'well' | 'lost' }
  | { readonly kind: 'wipe' | 'copy'; readonly request: number }
  | { readonly kind: 'wipe all' | 'restart' | 'recheck' }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'keychain'; readonly problem: 'locked' | 'none' | 'failed' | null }
  | { readonly kind: 'disk'; readonly writes: 'well' | 'full' };

const request = fc.integer({ min: 0, max: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('check out'), request, answer: fc.constantFrom('well', 'lost') }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('wipe', 'copy'), request }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('wipe all', 'restart', 'recheck') }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass'), ms: fc.integer({ min: 0, max: HOUR_MS }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('keychain'), problem: fc.constantFrom('locked', 'none', 'failed', null) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('disk'), writes: fc.constantFrom('well', 'full') }) },
);

class Rig {
  nowMs = START;
  readonly folder = mkdtempSync(join(tmpdir(), 'daypass-model-'));
  readonly keychain = createHandKeychain();
  readonly clipboard = createHandClipboard();
  readonly timers = createHandTimers((byMs) => (this.nowMs += byMs));
  disk: 'well' | 'full' = 'well';
  store!: Store<RecordedTables>;
  vault!: Vault;
  deadlines = createDeadlines({ now: () => this.nowMs, timers: this.timers });

  async start(): Promise<void> {
    this.store = await openRecordedStore(this.folder);
    this.deadlines = createDeadlines({ now: () => this.nowMs, timers: this.timers });
    const tables: Store<VaultTables> = this.store;
    this.vault = openVault({
      store: {
        ...tables,
        transaction: async (work) => {
          if (this.disk === 'full') throw new Error('the disk is full');
          return await tables.transaction(work);
        },
      },
      appendRecord: recordInto,
      keychain: this.keychain,
      clipboard: this.clipboard,
      time: { now: () => this.nowMs, anchor: async () => undefined },
      deadlines: this.deadlines,
      log: { info: () => undefined, trouble: () => undefined },
    });
    await this.vault.recover();
  }

  async stop(): Promise<void> {
    this.deadlines.close();
    await this.store.close();
  }

  async run(one: Step): Promise<void> {
    switch (one.kind) {
      case 'check out': {
        // The same request ends at the same time however often it is collected.
        const answer = collectedView(`r${one.request}`, START + (one.request + 1) * HOUR_MS, `token of ${one.request}`);
        const collect = async () => (one.answer === 'well' ? ok(answer) : Promise.reject(new Error('lost')));
        const client = { collect } as unknown as BrokerClient;
        const about = { user: 'ana', subject: 'sub_ana', resource: 'dataset:penguins', allowMemory: false };
        await this.vault.checkOut({ ...about, client, requestId: `r${one.request}` });
        return;
      }
      case 'wipe':
      case 'copy': {
        const copy = this.vault.copies().find(({ requestId }) => requestId === `r${one.request}`);
        if (copy === undefined) return;
        if (one.kind === 'wipe') await this.vault.wipe(copy.collectId, 'released');
        else await this.vault.copyToken(copy.collectId, 30 * SECOND_MS);
        return;
      }
      case 'wipe all':
        await this.vault.wipeAll('locked');
        return;
      case 'restart':
        await this.stop();
        await this.start();
        return;
      case 'recheck':
        await this.vault.recheck();
        return;
      case 'pass':
        this.timers.pass(one.ms);
        await this.vault.recheck();
        return;
      case 'keychain':
        this.keychain.problem = one.problem;
        return;
      case 'disk':
        this.disk = one.writes;
        return;
    }
  }

  /** No secret without a record of it that says that it may be there. */
  async checkNow(): Promise<void> {
    const rows = await this.store.read.selectFrom('local_copies').selectAll().where('over_at_ms', 'is', null).execute();
    const known = new Set(rows.map((row) => `copy:${row.collect_id}`));
    for (const account of this.keychain.items.keys())
      if (account.startsWith('copy:')) expect(known, account).toContain(account);
    if (this.clipboard.text !== null)
      expect(await this.store.read.selectFrom('clipboard_copies').selectAll().execute()).not.toEqual([]);
  }

  async records(): Promise<readonly OutboxEvent[]> {
    const rows = await this.store.read.selectFrom('records').selectAll().orderBy('seq').execute();
    return rows.map((row): OutboxEvent => JSON.parse(row.event));
  }
}

it('whatever fails and whenever it is stopped: no secret without a record, and in the end all is gone and told once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const rig = new Rig();
      try {
        await rig.start();
        for (const one of steps) {
          await rig.run(one);
          await rig.checkNow();
        }
        // Everything works again, and everything is past its end.
        rig.disk = 'well';
        rig.keychain.problem = null;
        rig.nowMs += 2 * 24 * HOUR_MS;
        await rig.run({ kind: 'restart' });
        await rig.run({ kind: 'pass', ms: 15 * MINUTE_MS });
        expect([...rig.keychain.items.keys()].filter((account) => account.startsWith('copy:'))).toEqual([]);
        expect(rig.clipboard.text).toBeNull();
        expect(rig.vault.copies()).toEqual([]);
        const records = await rig.records();
        for (const kind of ['copy.stored', 'copy.abandoned', 'copy.intended'] as const) {
          const ids = records.flatMap((one) => (one.kind === kind ? [one.data.collectId] : []));
          expect(new Set(ids).size, kind).toBe(ids.length);
        }
        const ended = records.filter(({ kind }) => ['wipe.done', 'copy.abandoned', 'copy.missing'].includes(kind));
        expect(ended).toHaveLength(records.filter(({ kind }) => kind === 'copy.intended').length);
      } finally {
        await rig.stop();
        rmSync(rig.folder, { recursive: true, force: true });
      }
    }),
    { numRuns: 60 },
  );
});
