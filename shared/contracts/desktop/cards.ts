// What the window, the tray and the menus show of one thing each: a resource, what may be asked for, a grant, a request,
// an approval. Without any secret; times are trusted time in epoch ms, lengths in ms. Words of other people come cleaned.
import { z } from 'zod';
import { SENSITIVITIES } from '../catalog.ts';

const epochMs = z.number();
const durationMs = z.number();

export const resourceCardSchema = z.object({
  id: z.string(),
  kind: z.enum(['dataset', 'model']),
  name: z.string(),
  /** Null when the catalog no longer has it. */
  sensitivity: z.enum(SENSITIVITIES).nullable(),
  tags: z.array(z.string()),
});
export type ResourceCard = z.infer<typeof resourceCardSchema>;

export const revokeClassSchema = z.object({
  kind: z.enum(['instant', 'bounded', 'expiry_only']),
  withinMs: z.number().optional(),
});

/** One thing that may be asked for. */
export const catalogEntrySchema = resourceCardSchema.extend({
  description: z.string(),
  licence: z.string().nullable(),
  owners: z.array(z.string()),
  actions: z.array(z.string()),
  maxDurationMs: durationMs,
  /** The longest that this person may take in an emergency; null: not at all. */
  breakGlassMs: durationMs.nullable(),
  revokeClass: revokeClassSchema,
  favourite: z.boolean(),
});
export type CatalogEntry = z.infer<typeof catalogEntrySchema>;

/** What one click asks again: the last wish for a resource, and what policy says to it today. */
export const presetSchema = z.object({
  resource: resourceCardSchema,
  actions: z.array(z.string()),
  purpose: z.string(),
  justification: z.string(),
  durationMs,
  favourite: z.boolean(),
  /** Null while nobody has asked policy. */
  outcome: z.enum(['approved', 'needs_approval', 'needs_confirmation', 'denied']).nullable(),
  neededApprovals: z.int(),
});
export type Preset = z.infer<typeof presetSchema>;

/**
 * `storing`: intended, not yet in the keychain. `ending`: past its first warning point. `wipe_failed`: the credential
 * could not be deleted here; it is tried again for ever. `missing`: the keychain lost it; access can be asked again.
 */
export const grantPhaseSchema = z.enum(['storing', 'active', 'ending', 'wiping', 'wipe_failed', 'missing']);
export type GrantPhase = z.infer<typeof grantPhaseSchema>;

export const snippetKindSchema = z.enum([
  'curl',
  'python',
  'bash',
  'openai',
  'node',
  'url',
  'psql',
  'sqlalchemy',
  'dsn',
]);
export type SnippetKind = z.infer<typeof snippetKindSchema>;

export const grantCardSchema = z.object({
  grantId: z.string(),
  requestId: z.string(),
  resource: resourceCardSchema,
  actions: z.array(z.string()),
  purpose: z.string(),
  startsAtMs: epochMs,
  endsAtMs: epochMs,
  /** Nulls while it is not known yet. */
  phase: grantPhaseSchema,
  heldIn: z.enum(['keychain', 'memory']),
  endsWithOperation: z.boolean(),
  /** When the person is warned before the end, soonest last. */
  warnAtMs: z.array(epochMs),
  /** Its token is on the clipboard until then. */
  clipboardUntilMs: epochMs.nullable(),
  snippets: z.array(snippetKindSchema),
  url: z.string().nullable(),
  revokeClass: revokeClassSchema,
  /** An extension that was asked for and is not collected yet. */
  extension: z.object({ requestId: z.string(), state: z.enum(['waiting', 'collecting']) }).nullable(),
  credentialKind: z.enum(['bearer_token', 'postgres_login']),
  /** Taken in an emergency: everybody concerned was told, and it will be reviewed. */
  breakGlass: z.boolean(),
  /** A stable code of what is wrong with it, for the words of the window. */
  problem: z.string().nullable(),
});
export type GrantCard = z.infer<typeof grantCardSchema>;

/**
 * `ready`: approved, the clock starts when the person starts it. `confirm`: the person must type the resource's id.
 * `interrupted`: collecting failed and can be tried again. The closed states stay until they are dismissed.
 */
export const requestPhaseSchema = z.enum([
  'waiting',
  'confirm',
  'scheduled',
  'ready',
  'collecting',
  'interrupted',
  'rejected',
  'denied',
  'lapsed',
  'revoked',
  'withdrawn',
]);

export const reasonSchema = z.object({ policyId: z.string(), title: z.string(), fix: z.string().nullable() });

export const requestCardSchema = z.object({
  requestId: z.string(),
  resource: resourceCardSchema,
  actions: z.array(z.string()),
  purpose: z.string(),
  /** As asked; `scope` is what stands after narrowing. */
  askedDurationMs: durationMs,
  durationMs,
  narrowed: z.boolean(),
  phase: requestPhaseSchema,
  scopeHash: z.string(),
  neededApprovals: z.int(),
  answers: z.array(
    z.object({
      name: z.string(),
      answer: z.enum(['approve', 'reject']),
      reason: z.string().nullable(),
      atMs: epochMs,
      /** What this approver left of it; null: everything. */
      narrowedTo: z.object({ actions: z.array(z.string()), durationMs }).nullable(),
    }),
  ),
  /** Who can answer it now, and whether they have. */
  approvers: z.array(z.object({ name: z.string(), owner: z.boolean(), answered: z.boolean() })),
  /** More people were asked, since nobody answered in time. */
  escalated: z.boolean(),
  reasons: z.array(reasonSchema),
  createdAtMs: epochMs,
  lapsesAtMs: epochMs.nullable(),
  startAtMs: epochMs.nullable(),
  extendsGrant: z.string().nullable(),
  breakGlass: z.boolean(),
  /** When the approvers may be reminded by the requester, once; null when they cannot be. */
  nudgeAtMs: epochMs.nullable(),
  /** A stable code of why it was closed, where there is one. */
  closeCode: z.string().nullable(),
  problem: z.string().nullable(),
});
export type RequestCard = z.infer<typeof requestCardSchema>;

export const approvalCardSchema = z.object({
  requestId: z.string(),
  scopeHash: z.string(),
  requester: z.string(),
  resource: resourceCardSchema,
  actions: z.array(z.string()),
  durationMs,
  purpose: z.string(),
  justification: z.string(),
  ticket: z.string().nullable(),
  askedAtMs: epochMs,
  lapsesAtMs: epochMs.nullable(),
  /** What policy says: why people must answer. */
  reasons: z.array(reasonSchema),
  neededApprovals: z.int(),
  answers: z.array(z.object({ name: z.string(), answer: z.enum(['approve', 'reject']) })),
  /** Of this person for this resource, as far as this approver may see. */
  heldBefore: z.object({ times: z.int(), withinDays: z.int(), refused: z.int() }),
  extendsGrant: z.boolean(),
  revokeClass: revokeClassSchema,
  /** Confidential and above: the broker demands that the approver has just signed in. */
  freshSignIn: z.boolean(),
  breakGlass: z.boolean(),
  /** How often it was brought to mind: by the requester, and by policy. */
  reminded: z.int(),
  /** More people are asked than usually, this one perhaps among them: nobody settled it in time. */
  escalated: z.boolean(),
});
export type ApprovalCard = z.infer<typeof approvalCardSchema>;
