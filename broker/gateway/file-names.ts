// Which names the file gateway serves: plain ones only, and the same on every platform. Pure.

/** Device names that Windows opens in any folder, with or without an extension. */
const WINDOWS_DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\s*\..*)?$/i;
// oxlint-disable-next-line no-control-regex -- control characters are exactly what is looked for
const UNSERVABLE = /[\u0000-\u001f\u007f/\\:*?"<>|]/;

/**
 * True for a name that may be opened. Refuses dotfiles, Windows drives, streams and devices, trailing dots and spaces
 * (Windows drops them, so two names would be one file), and separators of any platform.
 */
export function isServableName(name: string): boolean {
  if (name === '' || name.startsWith('.') || /[. ]$/.test(name) || name.length > 255) return false;
  return !UNSERVABLE.test(name) && !WINDOWS_DEVICE.test(name);
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  csv: 'text/csv; charset=utf-8',
  json: 'application/json',
  jsonl: 'application/jsonl',
  ndjson: 'application/jsonl',
  parquet: 'application/vnd.apache.parquet',
  tsv: 'text/tab-separated-values; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
  md: 'text/markdown; charset=utf-8',
};

/** The media type by extension; anything unknown is bytes. Never a type that a browser would run. */
export function contentTypeOf(name: string): string {
  const dot = name.lastIndexOf('.');
  const extension = dot === -1 ? '' : name.slice(dot + 1).toLowerCase();
  return CONTENT_TYPES[extension] ?? 'application/octet-stream';
}
