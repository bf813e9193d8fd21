// expect: import(no-cycle)
import type { One } from '#broker/type-cycle-one.ts';
export type Two = { readonly one: One };
