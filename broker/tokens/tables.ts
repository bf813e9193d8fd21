// Tables of the token-signing keys.
export type TokenTables = Record<never, never>;
