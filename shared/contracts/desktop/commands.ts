// Every command that the window may send, declared once: what it takes and what it gives. Handlers parse both ways.
import { z } from 'zod';
import { idSchema, scopeHashSchema } from '../broker-api.ts';
import { resourceIdSchema } from '../catalog.ts';
import { brokerFoundSchema, brokerUrlSchema } from './connection.ts';
import { historyArgsSchema, historySchema } from './history.ts';
import {
  desktopCardSchema,
  heldAccessSchema,
  heldChangeSchema,
  oversightArgs,
  personCardSchema,
  reviewSchema,
} from './oversight.ts';
import { privacyArgs, privacySchema, proposedSchema, reachSchema } from './privacy.ts';
import { settingChangeSchema } from './settings.ts';
import { newSecretSchema, newSinkSchema, sinkByNameSchema, sinkTestedSchema } from './sinks.ts';
import { reasonSchema, revokeClassSchema, snippetKindSchema } from './cards.ts';
import { desktopStateSchema } from './state.ts';
import { routeSchema } from './route.ts';
import type { CommandName } from './channels.ts';

/** A stable code for the words of the window, and what to read when it has no words for the code. */
export const commandProblemSchema = z.object({
  code: z.string(),
  title: z.string(),
  detail: z.string().nullable(),
});
export type CommandProblem = z.infer<typeof commandProblemSchema>;

const name = z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/);

/** What the form holds. Lengths are ms, whole seconds. */
export const wishFormSchema = z.strictObject({
  resource: resourceIdSchema,
  actions: z.array(name).min(1).max(16),
  purpose: name,
  justification: z.string().max(2000),
  ticket: z.string().max(120).nullable(),
  durationMs: z
    .int()
    .min(2000)
    .max(366 * 86_400_000)
    .multipleOf(1000),
  /** Epoch ms; null for now. */
  startAtMs: z.number().nullable(),
  endsWithOperation: z.boolean(),
  extendsGrant: idSchema.nullable(),
  /** An emergency: granted at once where policy permits that, without people, told to everybody concerned. */
  breakGlass: z.boolean(),
});
export type WishForm = z.infer<typeof wishFormSchema>;

export const previewSchema = z.object({
  outcome: z.enum(['approved', 'needs_approval', 'needs_confirmation', 'denied']),
  reasons: z.array(reasonSchema),
  neededApprovals: z.int(),
  ownerNeeded: z.boolean(),
  approvers: z.array(z.object({ name: z.string(), owner: z.boolean() })),
  code: z.string().nullable(),
  missingFacts: z.array(z.string()),
  counterOffer: z
    .object({ durationMs: z.number(), outcome: z.enum(['approved', 'needs_approval', 'needs_confirmation']) })
    .nullable(),
  /** When the same may be asked again, after somebody said no (`cooldown`). */
  retryAtMs: z.number().nullable(),
  facts: z.enum(['verified', 'asserted']),
  revokeClass: revokeClassSchema,
  scopeHash: z.string(),
});
export type Preview = z.infer<typeof previewSchema>;

export const askedSchema = z.object({
  requestId: z.string(),
  state: z.enum(['approved', 'pending', 'denied']),
});

const grant = z.strictObject({ grantId: idSchema });
const request = z.strictObject({ requestId: idSchema });
const nothing = z.null();

export const COMMANDS = {
  'get-state': { args: nothing, result: desktopStateSchema },
  preview: { args: wishFormSchema, result: previewSchema },
  /** `attempt` makes a repeat harmless: the same attempt and wish give the same request. */
  ask: {
    args: z.strictObject({ wish: wishFormSchema, attempt: z.string().regex(/^[A-Za-z0-9_-]{16,64}$/) }),
    result: askedSchema,
  },
  confirm: {
    args: z.strictObject({ requestId: idSchema, scopeHash: scopeHashSchema, typed: z.string().max(200) }),
    result: nothing,
  },
  /** Collects an approved request: the clock starts here. */
  start: { args: request, result: nothing },
  withdraw: { args: request, result: nothing },
  'dismiss-request': { args: request, result: nothing },
  'copy-token': { args: grant, result: z.object({ clearedAtMs: z.number() }) },
  'copy-snippet': { args: z.strictObject({ grantId: idSchema, kind: snippetKindSchema }), result: nothing },
  done: { args: grant, result: nothing },
  'end-everything': { args: nothing, result: z.object({ ended: z.int(), failed: z.int() }) },
  'retry-wipe': { args: grant, result: nothing },
  answer: {
    args: z.strictObject({
      requestId: idSchema,
      scopeHash: scopeHashSchema,
      answer: z.enum(['approve', 'reject']),
      reason: z.string().max(1000).nullable(),
      narrowToMs: z.int().min(2000).multipleOf(1000).nullable(),
      narrowToActions: z.array(name).min(1).max(16).nullable(),
    }),
    result: nothing,
  },
  history: { args: historyArgsSchema, result: historySchema },
  'verify-log': { args: nothing, result: nothing },
  /** Asks for a folder; null when the person closed the question. */
  'export-log': { args: nothing, result: z.object({ folder: z.string().nullable(), records: z.int() }) },
  'choose-person': { args: z.strictObject({ user: name }), result: nothing },
  'change-setting': { args: settingChangeSchema, result: nothing },
  'set-favourite': { args: z.strictObject({ resource: resourceIdSchema, favourite: z.boolean() }), result: nothing },
  'accept-clock': { args: nothing, result: nothing },
  /** Ends an alarm about the broker's ledger: the person goes on from the ledger as it is now, on record. */
  'change-device-key': { args: nothing, result: nothing },
  'accept-ledger': { args: nothing, result: nothing },
  'use-memory-only': { args: z.strictObject({ agree: z.boolean() }), result: nothing },
  retry: { args: z.strictObject({ what: z.enum(['broker', 'keychain', 'sync']) }), result: nothing },
  'close-welcome': { args: nothing, result: nothing },
  'hide-window': { args: nothing, result: nothing },
  quit: { args: nothing, result: nothing },
  /** Where the window should be, once after it loaded. */
  'get-route': { args: nothing, result: routeSchema },
  /** Reminds the approvers, at most once an hour. */
  nudge: { args: request, result: nothing },
  /** Looks whether a broker answers at this address; changes nothing. */
  'find-broker': { args: z.strictObject({ url: brokerUrlSchema }), result: brokerFoundSchema },
  /** Uses that broker from now on. What was held from the one before is ended and wiped first. */
  connect: { args: z.strictObject({ url: brokerUrlSchema }), result: nothing },
  /** Back to the embedded broker: ends and wipes everything, signs out. */
  disconnect: { args: nothing, result: nothing },
  /** Answers when the sign-in has begun; how it goes on is in the state. */
  'sign-in': { args: z.strictObject({ how: z.enum(['browser', 'device_code']), fresh: z.boolean() }), result: nothing },
  'cancel-sign-in': { args: nothing, result: nothing },
  /** Wipes everything and revokes the refresh token. */
  'sign-out': { args: nothing, result: nothing },
  'who-has-what': { args: oversightArgs['who-has-what'], result: z.array(heldAccessSchema) },
  people: { args: oversightArgs.people, result: z.array(personCardSchema) },
  'revoke-grant': { args: oversightArgs['revoke-grant'], result: nothing },
  /** Ends every running access of a human, on all their accounts and desktops. */
  'end-person': { args: oversightArgs['end-person'], result: z.object({ ended: z.int(), failed: z.int() }) },
  'set-disabled': { args: oversightArgs['set-disabled'], result: nothing },
  review: { args: oversightArgs.review, result: reviewSchema },
  'answer-finding': { args: oversightArgs['answer-finding'], result: nothing },
  changes: { args: oversightArgs.changes, result: z.array(heldChangeSchema) },
  desktops: { args: oversightArgs.desktops, result: z.array(desktopCardSchema) },
  'answer-change': { args: oversightArgs['answer-change'], result: nothing },
  privacy: { args: privacyArgs.privacy, result: privacySchema },
  'erasure-reach': { args: privacyArgs['erasure-reach'], result: reachSchema },
  'place-hold': { args: privacyArgs['place-hold'], result: nothing },
  'release-hold': { args: privacyArgs['release-hold'], result: proposedSchema },
  'erase-person': { args: privacyArgs['erase-person'], result: proposedSchema },
  /** Asks for a folder in the system's own dialog; null when the person closed it. A file sink goes only into such a one. */
  'choose-sink-folder': { args: nothing, result: z.object({ folder: z.string().nullable() }) },
  /** The secret goes into the keychain and nowhere else. */
  'add-sink': { args: newSinkSchema, result: nothing },
  'remove-sink': { args: sinkByNameSchema, result: nothing },
  'set-sink-secret': { args: newSecretSchema, result: nothing },
  'test-sink': { args: sinkByNameSchema, result: sinkTestedSchema },
  /** Sends once more what it refused for good. */
  'resend-sink': { args: sinkByNameSchema, result: z.object({ records: z.int() }) },
  'retry-sinks': { args: nothing, result: nothing },
} as const satisfies Readonly<Record<CommandName, { readonly args: z.ZodType; readonly result: z.ZodType }>>;

export type CommandArgs<N extends CommandName> = z.input<(typeof COMMANDS)[N]['args']>;
export type CommandParsed<N extends CommandName> = z.output<(typeof COMMANDS)[N]['args']>;
export type CommandResult<N extends CommandName> = z.output<(typeof COMMANDS)[N]['result']>;
