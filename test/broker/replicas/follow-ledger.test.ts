import { afterEach, describe, expect, it } from 'vitest';
import { createLiveCredentials, type LiveCredential, type LiveCredentials } from '#broker/access/live-credentials.ts';
import type { LedgerRecord } from '#broker/ledger/ledger.ts';
import { followLedger } from '#broker/replicas/follow-ledger.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

type Following = {
  readonly live: LiveCredentials;
  readonly grow: (...records: readonly Partial<LedgerRecord>[]) => void;
  readonly asked: string[][];
  readonly troubles: unknown[];
};

/** A ledger of two records, of which each reading may fail first. */
function following(options: { readonly failures?: number } = {}): Following {
  const live = createLiveCredentials();
  const records: Partial<LedgerRecord>[] = [{ kind: 'grant.ended', grantId: 'old' }, { kind: 'use.started' }];
  const [asked, troubles]: [string[][], unknown[]] = [[], []];
  let failures = options.failures ?? 0;
  let wake: (last: number) => void = () => undefined;
  const { close } = followLedger({
    live,
    ledger: {
      size: () => records.length,
      records: ({ afterSequence = -1, kinds }) => {
        if (failures-- > 0) return Promise.reject(new Error('away'));
        const found = records.map((record, sequence) => ({ ...record, sequence }) as LedgerRecord);
        return Promise.resolve(found.filter((one) => one.sequence > afterSequence && kinds?.includes(one.kind)));
      },
      subscribe: (listener) => {
        wake = listener;
        return () => undefined;
      },
    },
    credentials: {
      confirm: () => Promise.reject(new Error('nothing is let in')),
      recheck: (ids) => {
        asked.push([...ids]);
        for (const id of ids) if (id.endsWith('revoked')) live.remove(id);
        return Promise.resolve();
      },
    },
    rulesChanged: () => undefined,
    onTrouble: (error) => void troubles.push(error),
  });
  closing.push(close);
  const grow = (...more: readonly Partial<LedgerRecord>[]): void => {
    records.push(...more);
    wake(records.length - 1);
  };
  return { live, grow, asked, troubles };
}

function add(live: LiveCredentials, credentialId: string, grantId: string): void {
  live.add({ credentialId, grantId } as LiveCredential);
}

const idsOf = (live: LiveCredentials): readonly string[] => live.all().map(({ credentialId }) => credentialId);

describe('who follows the ledger', () => {
  it('removes what a grant had when it ends elsewhere, and asks nobody', async () => {
    const { live, grow, asked } = following();
    for (const grant of ['a', 'b', 'c', 'old']) add(live, `of ${grant}`, grant);
    grow({ kind: 'grant.revoking', grantId: 'a' }, { kind: 'use.started', grantId: 'c' });
    await expect.poll(() => idsOf(live)).toEqual(['of b', 'of c', 'of old']);
    grow({ kind: 'grant.ended', grantId: 'b' });
    await expect.poll(() => idsOf(live)).toEqual(['of c', 'of old']);
    expect(asked).toEqual([]);
  });

  it('asks which credential of a grant is on when one of them was replaced', async () => {
    const { live, grow, asked } = following();
    add(live, 'first, revoked', 'a');
    add(live, 'second', 'a');
    grow({ kind: 'grant.reissued', grantId: 'a' });
    await expect.poll(() => idsOf(live)).toEqual(['second']);
    expect(asked).toEqual([['first, revoked', 'second']]);
  });

  it('misses nothing of what was written while it could not read', async () => {
    const { live, grow, troubles } = following({ failures: 1 });
    add(live, 'of a', 'a');
    grow({ kind: 'grant.revoking', grantId: 'a' });
    await expect.poll(() => troubles).toHaveLength(1);
    expect(idsOf(live)).toEqual(['of a']);
    grow({ kind: 'use.started' });
    await expect.poll(() => idsOf(live)).toEqual([]);
  });

  it('asks about running calls, and about no others, when it hears nothing', async () => {
    const { live, asked } = following();
    add(live, 'idle, revoked', 'a');
    add(live, 'running, revoked', 'b');
    let cut = false;
    live.onRemoved('running, revoked', () => (cut = true));
    await expect.poll(() => cut, { timeout: 20_000 }).toBe(true);
    expect(asked).toEqual([['running, revoked']]);
    expect(idsOf(live)).toEqual(['idle, revoked']);
  });
});
