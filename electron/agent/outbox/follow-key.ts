// Which key signed a checkpoint of the receiver's ledger: the kept one, or a later one that it leads to by checkpoints
// that each key and the next one both signed. The receiver's word for a key counts only at the first look.
import { type Checkpoint, openCheckpoint } from '#shared/audit/checkpoint.ts';
import { type KeyRotation, readRotations } from '#shared/audit/key-rotations.ts';
import { type LogPublicKey, readPublicKey } from '#shared/audit/log-key.ts';
import type { LedgerAlarm } from '#shared/contracts/desktop/ledger-alarms.ts';
import type { OutboxData } from '#shared/domain/outbox-data.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import { beginsWith, type NotAnnounced } from './announced-epochs.ts';
import type { AuditClient } from './audit-client.ts';

export type KeyRotated = OutboxData['checkpoint.key_rotated'];

export type SignedBy = {
  readonly key: LogPublicKey;
  readonly seen: Checkpoint;
  /** Changes of keys that were not known of; null: none. */
  readonly rotated: KeyRotated | null;
};

export type NotFollowed =
  | { readonly kind: 'differs'; readonly code: LedgerAlarm }
  | Extract<NotAnnounced, { readonly kind: 'unanswered' }>;

export type KeptCheckpoint = { readonly key: string; readonly head: Checkpoint };

/** `pin`: fingerprint that is known from elsewhere. Null of `kept`: this is the first look. */
export async function followKey(
  client: AuditClient,
  kept: KeptCheckpoint | null,
  note: string,
  pin: string | undefined,
): Promise<Result<SignedBy, NotFollowed>> {
  const pem = kept === null ? await client.ledgerKey() : ok(kept.key);
  if (!pem.ok) return err({ kind: 'unanswered', code: pem.error.code });
  const key = readPublicKey(pem.value);
  if (key === null) return differs('another_key');
  const opened = openCheckpoint(note, key);
  const isPinned = (pin ?? key.fingerprint) === key.fingerprint;
  if (opened.ok && isPinned) return ok({ key, seen: opened.value, rotated: null });
  const alarm = differs(isPinned ? 'not_signed' : 'another_key');
  if (!opened.ok && opened.error !== 'no_signature_of_this_key') return alarm;
  const chain = await readChain(client, note);
  if (!chain.ok) return chain.error.kind === 'unanswered' ? err(chain.error) : alarm;
  const { keys, rotations, seen, newest } = chain.value;
  // At the first look key and checkpoint are two answers, and the key was changed between them: ask for both again.
  if (kept === null && !opened.ok)
    return newest === key.fingerprint ? err({ kind: 'unanswered', code: 'ledger_key_changed' }) : alarm;
  const signedBy = keys.at(-1);
  const from = kept === null ? keys.length - 1 : keys.findIndex(({ fingerprint }) => fingerprint === key.fingerprint);
  if (signedBy === undefined || from < 0) return alarm;
  if (pin !== undefined && !keys.some(({ fingerprint }) => fingerprint === pin)) return alarm;
  const fresh = rotations.slice(from);
  const proven = await areInTree(client, fresh, kept?.head ?? null, seen);
  if (!proven.ok) return proven.error.kind === 'unanswered' ? err(proven.error) : alarm;
  return ok({ key: signedBy, seen, rotated: changeOf(fresh) });
}

type Chain = {
  /** The last one signed the checkpoint. */
  readonly keys: readonly LogPublicKey[];
  readonly rotations: readonly KeyRotation[];
  readonly seen: Checkpoint;
  /** Fingerprint of the key that the receiver says signs now. */
  readonly newest: string | null;
};

/** The changes of keys up to the one that signed the checkpoint, which may be older than the newest. */
async function readChain(client: AuditClient, note: string): Promise<Result<Chain, NotAnnounced>> {
  const answer = await client.rotations();
  if (!answer.ok)
    return err(
      answer.error.code === 'not_found' ? { kind: 'unproven' } : { kind: 'unanswered', code: answer.error.code },
    );
  const { rotations: lines, key: now } = answer.value;
  const keys = [...lines.map(({ key }) => key), now].map(readPublicKey);
  for (const [at, key] of [...keys.entries()].toReversed()) {
    const opened = key === null ? null : openCheckpoint(note, key);
    if (key === null || opened?.ok !== true) continue;
    const { origin, size } = opened.value;
    const rotations = readRotations(lines.slice(0, at), { origin, size, key });
    if (!rotations.ok) return UNPROVEN;
    const chain = [...rotations.value.map(({ from }) => from), key];
    const newest = keys.at(-1)?.fingerprint ?? null;
    return ok({ keys: chain, rotations: rotations.value, seen: opened.value, newest });
  }
  return UNPROVEN;
}

const UNPROVEN = err({ kind: 'unproven' } as const);

/** Each change is in the tree of the checkpoint, and after what was kept of the same epoch. */
async function areInTree(
  client: AuditClient,
  rotations: readonly KeyRotation[],
  kept: Checkpoint | null,
  seen: Checkpoint,
): Promise<Result<null, NotAnnounced>> {
  for (const { head } of rotations) {
    // A key that signed a longer log than it had when it was retired signed two.
    if (kept !== null && head.origin === kept.origin && head.size < kept.size) return UNPROVEN;
    const holds = await beginsWith(client, seen, headOf(head));
    if (!holds.ok) return holds;
  }
  return ok(null);
}

function changeOf(rotations: readonly KeyRotation[]): KeyRotated | null {
  const [first, last] = [rotations[0], rotations.at(-1)];
  if (first === undefined || last === undefined) return null;
  return {
    oldKey: first.from.fingerprint,
    newKey: last.to.fingerprint,
    rotations: rotations.length,
    at: headOf(last.head),
  };
}

function headOf({ size, root }: Checkpoint): KeyRotated['at'] {
  return { size, root: root.toString('base64') };
}

function differs(code: LedgerAlarm): Result<never, NotFollowed> {
  return err({ kind: 'differs', code });
}
