// Turns an upstream's answer into its masked view, or refuses. The first masked bytes are ready before the caller
// hears anything, so that an answer that cannot be masked is a clean refusal and not half a file.
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { Answer } from './answer.ts';
import type { GatewayLimits } from './limits.ts';
import { maskCsv } from './mask-csv.ts';
import { maskJsonDocument, maskJsonLines } from './mask-json.ts';
import { CannotMaskError, personalNames, type PersonalNames } from './masking.ts';

type Masker = (source: AsyncIterable<Uint8Array>, personal: PersonalNames) => AsyncGenerator<Uint8Array>;

/** Headers that describe the bytes before masking, or that offer parts of them. */
const UNMASKED_ONLY = [
  'accept-ranges',
  'content-length',
  'content-range',
  'etag',
  'last-modified',
  'content-disposition',
];

function chooseMasker(contentType: string, limits: GatewayLimits): Masker | null {
  const [type = '', ...parameters] = contentType
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const charset =
    parameters
      .find((parameter) => parameter.startsWith('charset='))
      ?.slice(8)
      .replaceAll('"', '') ?? 'utf-8';
  if (charset !== 'utf-8' && charset !== 'utf8' && charset !== 'us-ascii') return null;
  switch (type) {
    case 'text/csv':
    case 'application/csv':
      return (source, personal) => maskCsv(source, personal, limits.maskRecordBytes);
    case 'application/jsonl':
    case 'application/x-jsonlines':
    case 'application/x-ndjson':
      return (source, personal) => maskJsonLines(source, personal, limits.maskRecordBytes);
    case 'application/json':
      return (source, personal) => maskJsonDocument(source, personal, limits.maskDocumentBytes);
    default:
      return null;
  }
}

async function* startingWith(
  first: IteratorResult<Uint8Array, void>,
  rest: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    if (first.done !== true) yield first.value;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

/**
 * The masked view of an answer: personal columns or keys replaced by a constant. Only complete (200) CSV, JSON Lines
 * and small JSON answers in UTF-8 without content coding can be masked; 204 and 304 have nothing to mask.
 */
export async function maskAnswer(
  answer: Answer,
  personalColumns: readonly string[],
  limits: GatewayLimits,
): Promise<Result<Answer, 'cannot_mask'>> {
  const headers = Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !UNMASKED_ONLY.includes(name)));
  headers['daypass-view'] = 'masked';
  if (answer.status === 204 || answer.status === 304) return ok({ ...answer, headers, body: null });
  const coding = headers['content-encoding'] ?? 'identity';
  const masker =
    coding === 'identity' && answer.status === 200 ? chooseMasker(headers['content-type'] ?? '', limits) : null;
  if (masker === null || personalColumns.length === 0) return err('cannot_mask');
  if (answer.body === null) return ok({ ...answer, headers });
  const masked = masker(answer.body, personalNames(personalColumns));
  try {
    return ok({ ...answer, headers, body: startingWith(await masked.next(), masked) });
  } catch (error) {
    if (error instanceof CannotMaskError) return err('cannot_mask');
    throw error;
  }
}
