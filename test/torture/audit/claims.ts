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
    const { next, ledgerCheckpoint, known } = JSON.parse(answered.toString()) as Acknowledged;
    const { claims, notes } = ofLedger(ledgerCheckpoint);
    const acknowledged = ofLog(logName({ origin, epoch }), checkpoint, next);
    return { claims: [...claims, ...acknowledged, ...ofKnown(origin, known)], notes };
  }
  if (status !== 409) return NOTHING;
  const { origin } = JSON.parse(body.toString()) as SentBatch;
  const { known } = JSON.parse(answered.toString()) as Contradicted;
  return { claims: ofKnown(origin, known), notes: [] };
}

type SentBatch = { readonly origin: string; readonly epoch: number; readonly checkpoint: string };
type Known = { readonly epoch: number; readonly next: number; readonly checkpoint: string | null };
/** `known`: when it has other than was sent. */
type Acknowledged = { readonly next: number; readonly ledgerCheckpoint: string; readonly known?: Known };
type Contradicted = { readonly known?: Known };

function ofKnown(origin: string, known: Known | undefined): readonly Claim[] {
  if (known === undefined || known.checkpoint === null) return [];
  return ofLog(logName({ origin, epoch: known.epoch }), known.checkpoint, known.next);
}

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
