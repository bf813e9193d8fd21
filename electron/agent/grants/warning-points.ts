// When the holder of a grant is warned before its end, by the catalog's word. Pure.
import { MINUTE_MS, parseDuration, type DurationMs } from '#shared/domain/time.ts';
import type { CatalogResource } from '../session/book.ts';
import type { LocalCopy } from '../vault/vault.ts';

/** What a catalog says that says nothing; also for a resource that left it. */
const DEFAULT_POINTS: readonly DurationMs[] = [10 * MINUTE_MS, 2 * MINUTE_MS];

/** Lengths before the end, longest first. A point before the start is none: access that short began a moment ago. */
export function warningPoints(copy: LocalCopy, entry: CatalogResource | undefined): readonly DurationMs[] {
  const { issued } = copy;
  if (issued === null) return [];
  const points = entry === undefined ? DEFAULT_POINTS : entry.warnBefore.map(lengthOf);
  const lengthMs = issued.endsAtMs - issued.startsAtMs;
  return [...new Set(points)].filter((beforeMs) => beforeMs > 0 && beforeMs < lengthMs).sort((a, b) => b - a);
}

/** The broker wrote it; what does not read is no point. */
export function lengthOf(text: string): DurationMs {
  const parsed = parseDuration(text);
  return parsed.ok ? parsed.value : 0;
}
