// Checks DPoP proofs (RFC 9449): that who calls holds the device key, for this method and URL, now, and once.
// Says nothing about whether the device is enrolled or whose it is.
import { compactVerify, decodeProtectedHeader, type CryptoKey, type JWK } from 'jose';
import { z } from 'zod';
import type { DeviceId } from '#shared/domain/identity.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { Clock, DurationMs, EpochMs } from '#shared/domain/time.ts';
import { createImportedKeys } from './imported-keys.ts';
import { createReplayMemory, type ReplayMemory } from './replay-memory.ts';
import { sameUrl } from './same-url.ts';

export type ProofRefusal =
  | 'malformed'
  | 'wrong_type'
  | 'wrong_algorithm'
  | 'private_key'
  | 'bad_key'
  | 'bad_signature'
  | 'wrong_method'
  | 'wrong_url'
  | 'stale'
  | 'not_yet_valid'
  | 'replayed'
  | 'replay_memory_full';

export type DeviceProof = {
  readonly device: DeviceId;
  readonly publicJwk: JWK;
  /** Of the access token that the proof was made for (`ath`, base64url), or null when it names none. */
  readonly tokenHash: string | null;
};

export type ProofToCheck = {
  /** The `DPoP` header's value. */
  readonly proof: string;
  readonly method: string;
  /** Absolute URL of the call; query and fragment are not compared. */
  readonly url: string;
  readonly nowMs: EpochMs;
};

export type DeviceProofs = {
  readonly verify: (check: ProofToCheck) => Promise<Result<DeviceProof, ProofRefusal>>;
  /** Whose key a proof names: nothing is proven by that. Null when it names none. */
  readonly claimedDevice: (proof: string) => Promise<DeviceId | null>;
};

const MAX_PROOF_BYTES = 4096;

const coordinate = z.string().refine((text) => {
  const bytes = Buffer.from(text, 'base64url');
  // One spelling only: else one key would have several thumbprints.
  return bytes.length === 32 && bytes.toString('base64url') === text;
});
const ed25519Schema = z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: coordinate });
const p256Schema = z.object({ kty: z.literal('EC'), crv: z.literal('P-256'), x: coordinate, y: coordinate });
const KEY_SCHEMAS = { EdDSA: ed25519Schema, Ed25519: ed25519Schema, ES256: p256Schema } as const;
type ProofAlgorithm = keyof typeof KEY_SCHEMAS;

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

/** Unknown claims, `nonce` among them, are ignored: no part of a proof but these is relied on. */
const claimsSchema = z.object({
  jti: z.string().min(1).max(128),
  htm: z.string(),
  htu: z.string().max(2048),
  iat: z.number().nonnegative(),
  ath: z.string().max(64).optional(),
});

/** A verifier with one memory of what was used: one for all routes of a broker. */
export function createDeviceProofs({
  clock,
  windowMs = 60_000,
  capacity = 100_000,
  replays = createReplayMemory(capacity, clock.now()),
}: {
  readonly clock: Clock;
  /** How far a proof's `iat` may lie from the broker's clock, either way. */
  readonly windowMs?: DurationMs;
  /** How many proofs are remembered at most; beyond, new ones are refused. */
  readonly capacity?: number;
  /** Of several replicas they share one; by default it is this process's own. */
  readonly replays?: ReplayMemory;
}): DeviceProofs {
  const imported = createImportedKeys();
  return {
    claimedDevice: async (proof) => {
      const key = readProofKey(proof);
      return key.ok ? ((await imported.of(key.value))?.device ?? null) : null;
    },
    verify: async ({ proof, method, url, nowMs }) => {
      const key = readProofKey(proof);
      if (!key.ok) return key;
      const known = await imported.of(key.value);
      if (known === null) return err('bad_key');
      const claims = await readProofClaims(proof, key.value.algorithm, known.key);
      if (!claims.ok) return claims;
      imported.keep(key.value, known);
      const { jti, htm, htu, iat, ath } = claims.value;
      if (htm !== method) return err('wrong_method');
      if (!sameUrl(htu, url)) return err('wrong_url');
      const issuedAtMs = iat * 1000;
      if (issuedAtMs > nowMs + windowMs) return err('not_yet_valid');
      const { device } = known;
      const use = await replays.use(`${device}.${jti}`, { issuedAtMs, untilMs: issuedAtMs + windowMs, nowMs });
      if (use === 'past') return err('stale');
      if (use === 'replayed') return err('replayed');
      if (use === 'full') return err('replay_memory_full');
      return ok({ device, publicJwk: key.value.publicJwk, tokenHash: ath ?? null });
    },
  };
}

type ProofKey = { readonly algorithm: ProofAlgorithm; readonly publicJwk: JWK };

function readProofKey(proof: string): Result<ProofKey, ProofRefusal> {
  if (proof.length > MAX_PROOF_BYTES) return err('malformed');
  let header: ReturnType<typeof decodeProtectedHeader>;
  try {
    header = decodeProtectedHeader(proof);
  } catch {
    return err('malformed');
  }
  if (header.typ !== 'dpop+jwt') return err('wrong_type');
  const algorithm = header.alg;
  if (algorithm === undefined || !isProofAlgorithm(algorithm)) return err('wrong_algorithm');
  if (header.crit !== undefined) return err('malformed');
  const jwk = header.jwk;
  if (typeof jwk !== 'object' || jwk === null) return err('bad_key');
  if (PRIVATE_MEMBERS.some((member) => Object.hasOwn(jwk, member))) return err('private_key');
  const parsed = KEY_SCHEMAS[algorithm].safeParse(jwk);
  return parsed.success ? ok({ algorithm, publicJwk: parsed.data }) : err('bad_key');
}

function isProofAlgorithm(algorithm: string): algorithm is ProofAlgorithm {
  return Object.hasOwn(KEY_SCHEMAS, algorithm);
}

async function readProofClaims(
  proof: string,
  algorithm: ProofAlgorithm,
  key: CryptoKey,
): Promise<Result<z.infer<typeof claimsSchema>, ProofRefusal>> {
  let signed: Uint8Array;
  try {
    const { payload } = await compactVerify(proof, key, { algorithms: [algorithm] });
    signed = payload;
  } catch {
    return err('bad_signature');
  }
  const claims = claimsSchema.safeParse(readJson(signed));
  return claims.success ? ok(claims.data) : err('malformed');
}

function readJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
