// Tables of subjects and devices.
export type IdentityTables = Record<never, never>;
