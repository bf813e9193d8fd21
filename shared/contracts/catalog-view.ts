// What the broker shows of the catalog: what this person may ask for.
import { z } from 'zod';
import { revokeClassSchema } from './broker-api.ts';
import { SENSITIVITIES } from './catalog.ts';

export const catalogViewSchema = z.object({
  resources: z.array(
    z.object({
      id: z.string(),
      kind: z.enum(['dataset', 'model']),
      name: z.string(),
      description: z.string(),
      licence: z.string().nullable(),
      sensitivity: z.enum(SENSITIVITIES),
      tags: z.array(z.string()),
      owners: z.array(z.string()),
      /** The actions that this person may ask for. */
      actions: z.array(z.string()),
      maxDuration: z.string(),
      /** How long before the end of a grant its holder is warned. */
      warnBefore: z.array(z.string()),
      revokeClass: revokeClassSchema,
      /** The longest that this person may take in an emergency; null: nothing. */
      breakGlass: z.object({ maxDuration: z.string() }).nullable(),
      url: z.string().nullable(),
    }),
  ),
});
export type CatalogView = z.infer<typeof catalogViewSchema>;
