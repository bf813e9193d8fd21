// What a deviation looks at and gives: plain data in, what was seen in numbers out, or null for nothing unusual.
import type { Sensitivity } from '#shared/contracts/catalog.ts';
import type { EndReason } from '#shared/domain/grant.ts';
import type { DurationMs, EpochMs } from '#shared/domain/time.ts';

export type Facts = Readonly<Record<string, string | number>>;

/** One access that is over, and what came before it. Times are epoch ms. */
export type Examined = {
  readonly startsAtMs: EpochMs;
  readonly endedAtMs: EpochMs;
  readonly endReason: EndReason | null;
  readonly sensitivity: Sensitivity | null;
  readonly breakGlass: boolean;
  /** How often access of the same chain was extended before this one, and how long the chain lasts by now. */
  readonly chain: { readonly extensions: number; readonly totalMs: DurationMs };
  /** Whether every use is seen: only the gateway's own are. */
  readonly usesAreSeen: boolean;
  readonly uses: { readonly count: number; readonly bytesOut: number; readonly momentsMs: readonly EpochMs[] };
  readonly holder: {
    /** IANA zone, or null when nobody said. */
    readonly zone: string | null;
    /** `YYYY-MM-DD` in that zone. */
    readonly holidays: readonly string[];
    /** When earlier access of the same human to anything began. */
    readonly earlierStartsMs: readonly EpochMs[];
    /** How often the same human had this resource before. */
    readonly earlierOfResource: number;
    /** Bytes of each earlier access of this human to this resource. */
    readonly earlierBytes: readonly number[];
    /** When requests of this human for this resource were rejected or denied, in the 30 days before. */
    readonly refusedAtMs: readonly EpochMs[];
  };
  /** Bytes of each earlier access of anybody to this resource. */
  readonly resourceBytes: readonly number[];
};
