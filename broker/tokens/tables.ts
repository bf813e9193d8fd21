// Tables of the token-signing keys.

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
};
