// The sinks that are used now, with their secrets read. One whose secret is not to be had waits and says why; it is looked
// for again and again, without ever asking the person.
import type { Sink } from '#shared/contracts/sinks.ts';
import { type Clock, type EpochMs, SECOND_MS } from '#shared/domain/time.ts';
import type { OpenedSink, Sinks } from '#shared/sinks/sinks.ts';
import type { Manner } from '../device-key-watch.ts';
import type { Log, Timers } from '../ports.ts';
import { inBackground } from '../session/in-background.ts';
import { referenceOf, type SecretMissing, type SinkSecrets } from './sink-secrets.ts';

export type UsedSink = { readonly sink: Sink; readonly managed: boolean };

export type Missing = { readonly problem: SecretMissing; readonly sinceMs: EpochMs };

export type UsedSinks = {
  /** From now on these. */
  readonly use: (sinks: readonly UsedSink[]) => Promise<void>;
  readonly all: () => readonly UsedSink[];
  /** Why the secret of a sink is not there, and since when; null: it is, or there is none. */
  readonly missing: (name: string) => Missing | null;
  readonly look: (manner: Manner) => Promise<void>;
  /** To be deleted as soon as the keychain lets it. */
  readonly drop: (reference: string) => Promise<void>;
  readonly close: () => void;
};

type Options = {
  readonly sinks: Pick<Sinks, 'use'>;
  readonly secrets: Pick<SinkSecrets, 'read' | 'drop'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly changed: () => void;
  /** What is done later takes its turn too. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
};

const AGAIN_MS = 20 * SECOND_MS;

export function createUsedSinks({ sinks, secrets, clock, timers, log, changed, inTurn }: Options): UsedSinks {
  let used: readonly UsedSink[] = [];
  let missing: ReadonlyMap<string, Missing> = new Map();
  const toDrop = new Set<string>();
  let closed = false;
  let cancel = (): void => undefined;

  async function look(manner: Manner): Promise<void> {
    const now = new Map<string, Missing>();
    const opened: OpenedSink[] = [];
    for (const { sink, managed } of used) {
      const reference = referenceOf(sink);
      const read = reference === null ? null : await secrets.read(reference, manner);
      if (read?.ok === false)
        now.set(sink.name, { problem: read.error, sinceMs: missing.get(sink.name)?.sinceMs ?? clock.now() });
      opened.push({ sink, managed, secret: read?.ok === true ? read.value : null });
    }
    for (const [name, { problem }] of now)
      if (missing.get(name)?.problem !== problem) log.info('sinks.secret_missing', { name, problem });
    missing = now;
    if (!closed) await sinks.use(opened);
    again();
    changed();
  }

  async function dropAll(): Promise<void> {
    for (const reference of toDrop) {
      const dropped = await secrets.drop(reference);
      // Where there is no keychain there is nothing in it.
      if (dropped.ok || dropped.error === 'none') toDrop.delete(reference);
    }
  }

  function again(): void {
    cancel();
    if (closed || (missing.size === 0 && toDrop.size === 0)) return;
    cancel = timers.after(AGAIN_MS, () =>
      inBackground(log, 'look for the secrets of sinks', async () => {
        await inTurn(async () => {
          await dropAll();
          await look('quietly');
        });
      }),
    );
  }

  return {
    use: async (next) => {
      used = next;
      await look('quietly');
    },
    all: () => used,
    missing: (name) => missing.get(name) ?? null,
    look,
    drop: async (reference) => {
      toDrop.add(reference);
      await dropAll();
      again();
    },
    close: () => {
      closed = true;
      cancel();
    },
  };
}
