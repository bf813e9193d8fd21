// Tables of the token-signing keys, and of the proofs that were used.

export type TokenTables = {
  signing_keys: {
    /** RFC 7638 thumbprint of the public key: the `kid`. */
    id: string;
    /** Public key and, while it signs, private key; see sealed-key.ts. Never in clear: who could write a public
     *  key here could sign tokens that the gateway trusts. */
    sealed: string;
    published_at_ms: number;
    used_from_ms: number;
    retired_from_ms: number | null;
  };
  /** Proofs of device keys that were used; empty where the broker has its database to itself. */
  device_proofs_seen: {
    /** Hash of the device and the proof's own id. */
    id: string;
    /** Past this moment the proof is refused for its age. */
    until_ms: number;
  };
};
