// expect: daypass(folder-boundaries), typescript(consistent-type-imports)
export type Hidden = import('#broker/access.ts').Access;
