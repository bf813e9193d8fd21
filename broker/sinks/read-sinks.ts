// The configured sinks with their secrets, read afresh. One whose secret cannot be read is a state of that sink: the
// broker serves, and the others deliver.
import { resolve } from 'node:path';
import { realpath } from 'node:fs/promises';
import type { Sink } from '#shared/contracts/sinks.ts';
import type { OpenedSink } from '#shared/sinks/sinks.ts';

export type SinkFiles = {
  readonly sinks: readonly Sink[];
  /** Where the relative paths of files start from. */
  readonly dataFolder: string;
  /** Throws when it cannot. */
  readonly secret: (reference: string) => Promise<string>;
  readonly onTrouble: (error: unknown) => void;
};

export async function readSinks({ sinks, dataFolder, secret, onTrouble }: SinkFiles): Promise<readonly OpenedSink[]> {
  // What leads to the broker's own folder is its owner's; below it no link is followed.
  const base = await realpath(dataFolder).catch(() => resolve(dataFolder));
  const opened: OpenedSink[] = [];
  for (const sink of sinks) {
    const reference = referenceOf(sink);
    let value: string | null = null;
    try {
      value = reference === null ? null : await secret(reference);
    } catch (error) {
      onTrouble(error);
    }
    opened.push({
      sink: sink.kind === 'file' ? { ...sink, path: resolve(base, sink.path) } : sink,
      secret: value,
      managed: true,
    });
  }
  return opened;
}

function referenceOf(sink: Sink): string | null {
  if (sink.kind === 'file') return null;
  return sink.kind === 'webhook' ? sink.secret : (sink.header?.value ?? null);
}
