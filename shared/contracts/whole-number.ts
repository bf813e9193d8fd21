// Whole numbers as they stand in a query.
import { z } from 'zod';

/** In one spelling: neither empty, nor hexadecimal, nor with an exponent. */
export const whole = (min: number, max = Number.MAX_SAFE_INTEGER) =>
  z
    .string()
    .regex(/^(?:0|-?[1-9]\d{0,14})$/, 'a whole number')
    .transform(Number)
    .pipe(z.int().min(min).max(max));
