// expect: nothing
import { z } from 'zod';
export const allowed = z.string();
export type Allowed = string;
