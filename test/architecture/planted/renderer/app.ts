// expect: nothing
import { allowed } from '#shared/contracts/imports-domain.ts';
export const app = allowed;
