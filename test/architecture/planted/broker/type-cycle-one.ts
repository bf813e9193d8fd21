// expect: import(no-cycle)
import type { Two } from '#broker/type-cycle-two.ts';
export type One = { readonly two: Two };
