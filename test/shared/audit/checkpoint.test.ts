import { createHash, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keyId, openCheckpoint, signCheckpoint } from '#shared/audit/checkpoint.ts';
import { logSigner, publicKeyOf, readPublicKey } from '#shared/audit/log-key.ts';

const signer = logSigner(new Uint8Array(32).fill(1));
const other = logSigner(new Uint8Array(32).fill(2));
const root = createHash('sha256').update('root').digest();
const origin = 'daypass.ledger/test';
const note = signCheckpoint({ origin, size: 42, root }, signer);

/** Signs any text as this key would, to show that it is the form that is refused and not the signature. */
function signed(text: string, name = origin): string {
  const bytes = Buffer.concat([keyId(name, signer.publicKey), signer.sign(Buffer.from(text))]);
  return `${text}\n— ${name} ${bytes.toString('base64')}\n`;
}

const witness = (name: string, bytes: number): string => `— ${name} ${Buffer.alloc(bytes, 5).toString('base64')}\n`;

const reason = (text: string): string => {
  const opened = openCheckpoint(text, signer.publicKey);
  return opened.ok ? 'opened' : opened.error;
};

describe('the ledger key', () => {
  it('is the one of RFC 8032 test 1, and has the thumbprint of RFC 8037 appendix A.3', () => {
    const seed = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex');
    const key = logSigner(seed).publicKey;
    expect(key.raw.toString('hex')).toBe('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a');
    expect(key.thumbprint).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
  });

  it('is read from PEM only if it is an Ed25519 public key and nothing secret', () => {
    expect(readPublicKey(signer.publicKey.pem)?.fingerprint).toBe(signer.publicKey.fingerprint);
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(readPublicKey(ec.publicKey.export({ type: 'spki', format: 'pem' }).toString())).toBeNull();
    const ed = generateKeyPairSync('ed25519');
    expect(readPublicKey(ed.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())).toBeNull();
    expect(readPublicKey('nothing')).toBeNull();
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: signer.publicKey.raw.toString('base64url') };
    expect(publicKeyOf(jwk)?.fingerprint).toBe(signer.publicKey.fingerprint);
    expect(publicKeyOf({ ...jwk, d: jwk.x })).toBeNull();
  });
});

describe('a checkpoint (C2SP signed note)', () => {
  it('has the key id of the signed-note example vkey PeterNeumann+c74f20a3', () => {
    // c2sp.org/signed-note gives this verifier key: name, key id, and base64 of the algorithm byte and the key.
    const raw = Buffer.from('ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW', 'base64').subarray(1);
    const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw]);
    const pem = `-----BEGIN PUBLIC KEY-----\n${spki.toString('base64')}\n-----END PUBLIC KEY-----\n`;
    const key = readPublicKey(pem);
    expect(key && keyId('PeterNeumann', key).toString('hex')).toBe('c74f20a3');
  });

  it('says origin, size and root, and opens with its key', () => {
    expect(note.startsWith(`${origin}\n42\n${root.toString('base64')}\n\n— ${origin} `)).toBe(true);
    expect(openCheckpoint(note, signer.publicKey)).toEqual({ ok: true, value: { origin, size: 42, root } });
  });

  it('passes over the signatures of witnesses', () => {
    expect(reason(`${note}— witness.example/w1 ${Buffer.alloc(68, 5).toString('base64')}\n`)).toBe('opened');
  });

  it('does not open when a second signature of the same key is bad', () => {
    const bad = Buffer.concat([keyId(origin, signer.publicKey), Buffer.alloc(64)]).toString('base64');
    expect(reason(`${note}— ${origin} ${bad}\n`)).toBe('bad_signature');
  });

  it('does not open with another key', () => {
    expect(openCheckpoint(note, other.publicKey)).toEqual({ ok: false, error: 'no_signature_of_this_key' });
    const forgedId = Buffer.concat([
      keyId(origin, signer.publicKey),
      other.sign(Buffer.from(note.split('\n\n')[0] + '\n')),
    ]);
    expect(reason(note.replace(/— .*\n$/, `— ${origin} ${forgedId.toString('base64')}\n`))).toBe('bad_signature');
  });

  it.each([
    ['another size', note.replace('\n42\n', '\n43\n'), 'bad_signature'],
    ['a size with a zero in front', signed(`${origin}\n042\n${root.toString('base64')}\n`), 'not_a_checkpoint'],
    ['a negative size', signed(`${origin}\n-1\n${root.toString('base64')}\n`), 'not_a_checkpoint'],
    [
      'a size past exact numbers',
      signed(`${origin}\n9999999999999999\n${root.toString('base64')}\n`),
      'not_a_checkpoint',
    ],
    ['a short root', signed(`${origin}\n42\n${root.subarray(1).toString('base64')}\n`), 'not_a_checkpoint'],
    ['a root in base64url', signed(`${origin}\n42\n${'-'.repeat(43)}=\n`), 'not_a_checkpoint'],
    ['an extra line', signed(`${origin}\n42\n${root.toString('base64')}\nmore\n`), 'not_a_checkpoint'],
    ['no origin', signed(`\n42\n${root.toString('base64')}\n`), 'not_a_checkpoint'],
    ['a carriage return', note.replaceAll('\n', '\r\n'), 'not_a_signed_note'],
    ['no last newline', note.slice(0, -1), 'not_a_signed_note'],
    ['text after the signature', `${note}\n`, 'not_a_signed_note'],
    ['no signature', `${note.split('— ')[0]}`, 'not_a_signed_note'],
    ['bytes that are not UTF-8', note.replace('daypass', 'day\ufffdass'), 'not_a_signed_note'],
    [
      'a signature of another name',
      signed(`${origin}\n42\n${root.toString('base64')}\n`, 'another/name'),
      'no_signature_of_this_key',
    ],
    // The key id is that of the log's name, the name beside it is another's.
    ['its own signature under another name', note.replace('— daypass', '— another'), 'no_signature_of_this_key'],
    ['lines after an empty one', signed(`${origin}\n42\n${root.toString('base64')}\n\nmore\n`), 'not_a_checkpoint'],
    ['a name with a control character', `${note}${witness('wit\u0001ness', 68)}`, 'not_a_signed_note'],
    ['a signature of a witness that has no room for one', `${note}${witness('witness', 4)}`, 'not_a_signed_note'],
  ])('is refused with %s', (_what, text, expected) => {
    expect(reason(text)).toBe(expected);
  });

  it('is also what an independent reading of the format finds', () => {
    const [text = '', signature = ''] = note.split('\n\n');
    const bytes = Buffer.from(signature.trim().split(' ').at(-1) ?? '', 'base64');
    const id = createHash('sha256')
      .update(`${origin}\n`)
      .update(Buffer.of(1))
      .update(signer.publicKey.raw)
      .digest()
      .subarray(0, 4);
    expect(bytes.subarray(0, 4)).toEqual(id);
    expect(bytes.subarray(4)).toEqual(signer.sign(Buffer.from(`${text}\n`)));
  });
});
