// What administrators and provisioning services say of people and devices.
import { z } from 'zod';

export const disabledViewSchema = z.object({ person: z.string(), disabled: z.boolean() });

/** What a provisioning service knows of a device; null: it does not know, and unknown denies. */
export const deviceFactsBodySchema = z.strictObject({
  managed: z.boolean().nullable(),
  diskEncrypted: z.boolean().nullable(),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, 'an ISO 3166-1 alpha-2 country')
    .nullable(),
});
export const deviceFactsViewSchema = deviceFactsBodySchema.extend({ device: z.string() });
