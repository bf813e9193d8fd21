// Far more was read than usual: than by this human of this resource, or where they have too little history, by anybody.
// Median and median deviation of the logarithms: one earlier outlier does not hide the next, as it would in an average.
import type { Examined, Facts } from './deviation.ts';

const ENOUGH = 8;
/** In robust standard deviations: of a normal spread, one in several thousand is above. */
const FAR = 3.5;
/** Makes a median deviation comparable with a standard deviation. */
const NORMAL = 1.4826;
/** A history without any spread still allows for half as much again. */
const LEAST_SPREAD = Math.log(1.5);
/** Less is nobody's concern, however unusual. */
const LEAST_BYTES = 1024 * 1024;

export function unusualVolume({ uses, holder, resourceBytes, usesAreSeen }: Examined): Facts | null {
  if (!usesAreSeen || uses.bytesOut < LEAST_BYTES) return null;
  const own = holder.earlierBytes.length >= ENOUGH;
  const history = own ? holder.earlierBytes : resourceBytes;
  if (history.length < ENOUGH) return null;
  const logs = history.map(Math.log1p);
  const middle = median(logs);
  const spread = Math.max(LEAST_SPREAD, NORMAL * median(logs.map((each) => Math.abs(each - middle))));
  if (Math.log1p(uses.bytesOut) <= middle + FAR * spread) return null;
  return {
    bytes: uses.bytesOut,
    usual_bytes: Math.round(Math.expm1(middle)),
    compared_with: own ? 'own_history' : 'everybody',
    earlier: history.length,
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const [low = 0, high = 0] = [sorted[half - 1], sorted[half]];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}
