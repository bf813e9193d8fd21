// Asks the receiver for the restores that it announced, and believes each only with the proof that the checkpoint in
// hand signs it, and that what it says was kept is how that checkpoint's tree begins.
import { type Checkpoint, strictBase64 } from '#shared/audit/checkpoint.ts';
import { leafHash } from '#shared/audit/merkle.ts';
import { verifyConsistency, verifyInclusion } from '#shared/audit/proof.ts';
import type { TreeHead } from '#shared/domain/outbox-data.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { AuditClient } from './audit-client.ts';
import { type EpochOpening, readOpening } from './epoch-opening.ts';

/** `unproven`: what it says does not hold. */
export type NotAnnounced =
  | { readonly kind: 'unproven' }
  /** Nothing was found out: ask again later. */
  | { readonly kind: 'unanswered'; readonly code: string };

const UNPROVEN = err({ kind: 'unproven' } as const);

/** All of them, the oldest first; none from a broker that does not know the question. */
export async function readAnnouncedEpochs(
  client: AuditClient,
  seen: Checkpoint,
): Promise<Result<readonly EpochOpening[], NotAnnounced>> {
  const answer = await client.epochs();
  if (!answer.ok && answer.error.code !== 'not_found') return err({ kind: 'unanswered', code: answer.error.code });
  const openings: EpochOpening[] = [];
  for (const canonical of answer.ok ? answer.value.epochs : []) {
    const opening = readOpening(canonical);
    if (opening === null) return UNPROVEN;
    const proven = await isProven(client, opening, seen);
    if (!proven.ok) return proven;
    openings.push(opening);
  }
  return ok(openings);
}

async function isProven(
  client: AuditClient,
  { sequence, canonical, kept }: EpochOpening,
  seen: Checkpoint,
): Promise<Result<null, NotAnnounced>> {
  const answer = await client.inclusion(sequence, seen.size);
  if (!answer.ok) return notProven(answer.error.code);
  const proof = readHashes(answer.value.hashes);
  const leaf = leafHash(Buffer.from(canonical));
  if (proof === null || !verifyInclusion({ index: sequence, size: seen.size, leaf, root: seen.root, proof }))
    return UNPROVEN;
  return await beginsWith(client, seen, kept);
}

/** Whether the tree of the checkpoint begins with the tree of this head. */
export async function beginsWith(
  client: Pick<AuditClient, 'consistency'>,
  seen: Checkpoint,
  { size, root }: TreeHead,
): Promise<Result<null, NotAnnounced>> {
  // Every tree begins with the empty one.
  if (size === 0) return ok(null);
  const fromRoot = strictBase64(root);
  if (fromRoot === null) return UNPROVEN;
  const answer = size === seen.size ? ok({ hashes: [] }) : await client.consistency(size, seen.size);
  if (!answer.ok) return notProven(answer.error.code);
  const proof = readHashes(answer.value.hashes);
  if (proof === null) return UNPROVEN;
  const claim = { fromSize: size, toSize: seen.size, fromRoot, toRoot: seen.root, proof };
  return verifyConsistency(claim) ? ok(null) : UNPROVEN;
}

/** A ledger that says it has no such trees takes back what it signed. */
function notProven(code: string): Result<null, NotAnnounced> {
  return code === 'not_found' ? UNPROVEN : err({ kind: 'unanswered', code });
}

function readHashes(hashes: readonly string[]): readonly Buffer[] | null {
  const read = hashes.map(strictBase64).filter((hash) => hash !== null);
  return read.length === hashes.length ? read : null;
}
