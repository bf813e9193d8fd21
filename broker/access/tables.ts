// Tables of requests, approvals, grants and credentials.
export type AccessTables = Record<never, never>;
