// Checkpoints: origin, size and root of a log as a C2SP signed note (c2sp.org/tlog-checkpoint, c2sp.org/signed-note).
// Reads strictly: what could be understood in two ways is refused.
import { hash, verify } from 'node:crypto';
import { err, ok, type Result } from '../domain/result.ts';
import type { LogPublicKey, LogSigner } from './log-key.ts';
import { HASH_BYTES } from './merkle.ts';

export type Checkpoint = { readonly origin: string; readonly size: number; readonly root: Buffer };

export type CheckpointProblem = 'not_a_signed_note' | 'not_a_checkpoint' | 'no_signature_of_this_key' | 'bad_signature';

type NoteSignature = { readonly name: string; readonly keyId: Buffer; readonly signature: Buffer };
type SignedNote = { readonly text: string; readonly signatures: readonly NoteSignature[] };

const ED25519 = 1;
const KEY_ID_BYTES = 4;
const SIGNATURE_LINE = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/u;
// eslint-disable-next-line no-control-regex -- the note format forbids exactly these
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/u;
const SIZE = /^(?:0|[1-9]\d{0,15})$/;

/** True for a name that a note can carry: not empty, no spaces, no plus, no control characters. */
export function isOrigin(name: string): boolean {
  return /^[^\s+]+$/u.test(name) && !CONTROL.test(name) && name.isWellFormed();
}

/** First four bytes of SHA-256(name, newline, algorithm 1, public key). */
export function keyId(name: string, publicKey: LogPublicKey): Buffer {
  const input = Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(ED25519), publicKey.raw]);
  return hash('sha256', input, 'buffer').subarray(0, KEY_ID_BYTES);
}

/** Writes and signs a checkpoint under the origin's own name: with one key, or at a change of keys with both. */
export function signCheckpoint(checkpoint: Checkpoint, ...signers: readonly [LogSigner, ...LogSigner[]]): string {
  const { origin, size, root } = checkpoint;
  if (!isOrigin(origin)) throw new RangeError('not a name that a signed note can carry');
  const text = `${origin}\n${size}\n${root.toString('base64')}\n`;
  const lines = signers.map(({ publicKey, sign }) => {
    const signature = Buffer.concat([keyId(origin, publicKey), sign(Buffer.from(text))]);
    return `— ${origin} ${signature.toString('base64')}\n`;
  });
  return `${text}\n${lines.join('')}`;
}

/**
 * Reads a checkpoint and checks the signature that `publicKey` made under the origin's name.
 * Signatures of others (witnesses) are passed over; a second one of this key must hold too.
 */
export function openCheckpoint(note: string, publicKey: LogPublicKey): Result<Checkpoint, CheckpointProblem> {
  const parsed = parseNote(note);
  if (parsed === null) return err('not_a_signed_note');
  const checkpoint = parseText(parsed.text);
  if (checkpoint === null) return err('not_a_checkpoint');
  const wanted = keyId(checkpoint.origin, publicKey);
  const own = parsed.signatures.filter(({ name, keyId: id }) => name === checkpoint.origin && id.equals(wanted));
  if (own.length === 0) return err('no_signature_of_this_key');
  const message = Buffer.from(parsed.text);
  const allHold = own.every(({ signature }) => verify(null, message, publicKey.key, signature));
  return allHold ? ok(checkpoint) : err('bad_signature');
}

/** What a checkpoint says, whoever signed it. Null when it is none. */
export function readUnverified(note: string): Checkpoint | null {
  const parsed = parseNote(note);
  return parsed === null ? null : parseText(parsed.text);
}

function parseNote(note: string): SignedNote | null {
  if (!note.isWellFormed() || note.includes('\ufffd') || CONTROL.test(note) || !note.endsWith('\n')) return null;
  // The text itself may hold an empty line; signatures never do, so the last empty line ends the text.
  const split = note.lastIndexOf('\n\n');
  if (split < 0) return null;
  const signatures = note
    .slice(split + 2, -1)
    .split('\n')
    .map(parseSignature);
  if (signatures.some((signature) => signature === null)) return null;
  return { text: note.slice(0, split + 1), signatures: signatures.filter((signature) => signature !== null) };
}

function parseSignature(line: string): NoteSignature | null {
  const [, name, encoded] = SIGNATURE_LINE.exec(line) ?? [];
  if (name === undefined || encoded === undefined) return null;
  const bytes = strictBase64(encoded);
  if (bytes === null || bytes.length <= KEY_ID_BYTES) return null;
  return { name, keyId: bytes.subarray(0, KEY_ID_BYTES), signature: bytes.subarray(KEY_ID_BYTES) };
}

function parseText(text: string): Checkpoint | null {
  const [origin, size, encodedRoot, end, ...more] = text.split('\n');
  if (origin === undefined || size === undefined || encodedRoot === undefined) return null;
  // Extension lines are allowed by the format but never written by us: unknown meaning is refused.
  if (end !== '' || more.length > 0 || !isOrigin(origin) || !SIZE.test(size)) return null;
  const root = strictBase64(encodedRoot);
  if (root === null || root.length !== HASH_BYTES || !Number.isSafeInteger(Number(size))) return null;
  return { origin, size: Number(size), root };
}

/** Standard base64 with padding; null when it is not the one way to write its bytes. */
export function strictBase64(encoded: string): Buffer | null {
  const bytes = Buffer.from(encoded, 'base64');
  return bytes.toString('base64') === encoded ? bytes : null;
}
