// What a broker says that it has, read from its answers and from nothing else: each acknowledgement, each word about a
// desktop's log, each checkpoint of its ledger. It is held to all of it, whether or not the answer arrived.
import { readUnverified } from '#shared/audit/checkpoint.ts';
import type { Answer, Call } from './network.ts';

/** So many records of a log, and the root of their tree in base64; null: it said only how many. */
export type Claim = { readonly log: string; readonly size: number; readonly root: string | null };

export const LEDGER = 'the ledger';

export function logName({ origin, epoch }: { readonly origin: string; readonly epoch: number }): string {
  return `${origin} epoch ${epoch}`;
}

export type Said = {
  readonly claims: readonly Claim[];
  /** Checkpoints of the ledger. */
  readonly notes: readonly string[];
};

const NOTHING: Said = { claims: [], notes: [] };

/** The broker's own answer, whole: what does not say what it should say is a bug. */
export function readAnswer({ method, path, body }: Call, { status, body: answered }: Answer): Said {
  if (path === '/v1/audit/checkpoint' && status === 200) return ofLedger(answered.toString());
  if (method !== 'POST' || path !== '/v1/audit/append') return NOTHING;
  if (status === 200) {
    const { origin, epoch, checkpoint } = JSON.parse(body.toString()) as SentBatch;
    const { next, ledgerCheckpoint } = JSON.parse(answered.toString()) as Acknowledged;
    const log = logName({ origin, epoch });
    const { claims, notes } = ofLedger(ledgerCheckpoint);
    return { claims: [...claims, ...ofLog(log, checkpoint, next)], notes };
  }
  if (status !== 409) return NOTHING;
  const { origin } = JSON.parse(body.toString()) as SentBatch;
  const { known } = JSON.parse(answered.toString()) as Contradicted;
  if (known === undefined || known.checkpoint === null) return NOTHING;
  return { claims: ofLog(logName({ origin, epoch: known.epoch }), known.checkpoint, known.next), notes: [] };
}

type SentBatch = { readonly origin: string; readonly epoch: number; readonly checkpoint: string };
type Acknowledged = { readonly next: number; readonly ledgerCheckpoint: string };
type Contradicted = {
  readonly known?: { readonly epoch: number; readonly next: number; readonly checkpoint: string | null };
};

function ofLedger(note: string): Said {
  return { claims: ofLog(LEDGER, note, 0), notes: [note] };
}

function ofLog(log: string, note: string, next: number): readonly Claim[] {
  const head = readUnverified(note);
  if (head === null) throw new Error(`no checkpoint of ${log}: ${note}`);
  const { size, root } = head;
  const signed = { log, size, root: root.toString('base64') };
  return next > size ? [signed, { log, size: next, root: null }] : [signed];
}
