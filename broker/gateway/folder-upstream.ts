// Serves a folder of files: one file (whole or a range of it) or one folder's listing. Reads only, and only what
// `openBeneath` gave it; every answer is about the open descriptor.
import { lstat, readdir } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { join, resolve } from 'node:path';
import type { FolderUpstream } from '#shared/contracts/catalog.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { Answer, NoAnswer } from './answer.ts';
import { chooseRange, isRangeCurrent, matchesEtag, type Range } from './byte-range.ts';
import { contentTypeOf, isServableName } from './file-names.ts';
import type { Lease } from './lease.ts';
import { openBeneath, type Opened, type OpenRefusal } from './open-beneath.ts';

export type FolderCall = {
  readonly upstream: FolderUpstream;
  readonly catalogFolder: string;
  readonly segments: readonly string[];
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly masked: boolean;
  readonly listingEntries: number;
  readonly lease: Lease;
};

const READ_BYTES = 256 * 1024;

function noAnswer(refusal: OpenRefusal): NoAnswer {
  return refusal === 'absent'
    ? { problem: 'not_found', reason: null }
    : { problem: 'upstream_failed', reason: 'file_unreadable' };
}

/** Exactly the bytes of the range; a file that has become shorter cuts the call instead of ending it early. */
async function* readRange(opened: Opened, range: Range, lease: Lease): AsyncGenerator<Uint8Array> {
  let position = range.first;
  while (position <= range.last) {
    const length = Math.min(READ_BYTES, range.last - position + 1);
    const { bytesRead, buffer } = await opened.handle.read(Buffer.allocUnsafe(length), 0, length, position);
    if (bytesRead === 0) {
      lease.cut('source_changed');
      throw new Error('the file has become shorter');
    }
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

const discard = (): Promise<void> => Promise.resolve();

async function answerWithFile(call: FolderCall, opened: Opened, name: string): Promise<Result<Answer, NoAnswer>> {
  const headers: Record<string, string> = { 'content-type': contentTypeOf(name) };
  const etag = `"${opened.size.toString(16)}-${opened.mtimeNs.toString(16)}"`;
  const wholeBody = (status: number, range: Range): Result<Answer, NoAnswer> => {
    headers['content-length'] = String(range.last - range.first + 1);
    return ok({ status, headers, body: readRange(opened, range, call.lease), discard: () => opened.handle.close() });
  };
  const closed = async (result: Result<Answer, NoAnswer>): Promise<Result<Answer, NoAnswer>> => {
    await opened.handle.close();
    return result;
  };
  const whole = { first: 0, last: opened.size - 1 };
  if (!call.masked) {
    headers['etag'] = etag;
    headers['accept-ranges'] = 'bytes';
    headers['last-modified'] = new Date(Number(opened.mtimeNs / 1_000_000n)).toUTCString();
    if (matchesEtag(call.headers['if-none-match'], etag))
      return closed(ok({ status: 304, headers, body: null, discard }));
  }
  if (call.method === 'HEAD') {
    headers['content-length'] = String(opened.size);
    return closed(ok({ status: 200, headers, body: null, discard }));
  }
  const rangeHeader = isRangeCurrent([call.headers['if-range']].flat()[0], etag) ? call.headers.range : undefined;
  const choice = chooseRange(call.masked ? undefined : rangeHeader, opened.size);
  switch (choice.kind) {
    case 'whole':
      return wholeBody(200, whole);
    case 'part':
      headers['content-range'] = `bytes ${choice.range.first}-${choice.range.last}/${opened.size}`;
      return wholeBody(206, choice.range);
    case 'unsatisfiable':
      return closed(
        err({ problem: 'range_not_satisfiable', reason: null, headers: { 'content-range': `bytes */${opened.size}` } }),
      );
  }
}

type ListedEntry =
  | { readonly name: string; readonly kind: 'file'; readonly size: number }
  | { readonly name: string; readonly kind: 'folder' };

/** An entry that vanishes or turns into something else while listing is left out. */
async function listedEntry(folder: string, name: string): Promise<ListedEntry | null> {
  try {
    const found = await lstat(join(folder, name));
    if (found.isDirectory()) return { name, kind: 'folder' };
    return found.isFile() && found.nlink === 1 ? { name, kind: 'file', size: found.size } : null;
  } catch {
    return null;
  }
}

async function answerWithListing(call: FolderCall, opened: Opened): Promise<Answer> {
  try {
    const names = (await readdir(opened.path)).filter(isServableName).sort();
    const listed = names.slice(0, call.listingEntries);
    const entries = (await Promise.all(listed.map((name) => listedEntry(opened.path, name)))).filter(
      (entry) => entry !== null,
    );
    const body = Buffer.from(JSON.stringify({ entries, truncated: names.length > listed.length }));
    const headers = { 'content-type': 'application/json', 'content-length': String(body.length) };
    return { status: 200, headers, body: call.method === 'HEAD' ? null : once(body), discard };
  } finally {
    await opened.handle.close();
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/**
 * Answers GET or HEAD for a path beneath the folder: a path that ends with a slash is a listing
 * `{entries: [{name, kind, size}], truncated}` without dotfiles and links, any other a file.
 * `listing` tells the masker that there are no rows in it.
 */
export async function answerFromFolder(
  call: FolderCall,
): Promise<Result<Answer & { readonly listing: boolean }, NoAnswer>> {
  if (call.method !== 'GET' && call.method !== 'HEAD') return err({ problem: 'method_not_allowed', reason: null });
  const root = resolve(call.catalogFolder, call.upstream.path);
  const name = call.segments.at(-1) ?? '';
  const listing = name === '';
  const names = listing ? call.segments.slice(0, -1) : call.segments;
  const opened = await openBeneath(root, names, listing ? 'folder' : 'file');
  if (!opened.ok) return err(noAnswer(opened.error));
  if (listing) {
    try {
      return ok({ ...(await answerWithListing(call, opened.value)), listing });
    } catch {
      return err({ problem: 'upstream_failed', reason: 'file_unreadable' });
    }
  }
  const answer = await answerWithFile(call, opened.value, name);
  return answer.ok ? ok({ ...answer.value, listing }) : answer;
}
