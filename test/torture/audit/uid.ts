// The id of a record, read from its text alone.
const UID = /"metadata":\{[^{}]*(?:\{[^{}]*\}[^{}]*)*"uid":"([^"]+)"/;

export function uidOf(canonical: string): string {
  return UID.exec(canonical)?.[1] ?? `none in ${canonical.slice(0, 200)}`;
}
