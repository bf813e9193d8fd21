// The JSON that rows keep, read back through schemas: a database is a boundary like any other.
import { z } from 'zod';
import type { Decision, NeededApprovals } from '#shared/domain/decision.ts';
import type { EndReceipt } from '#shared/domain/grant.ts';
import type { Scope } from '#shared/domain/scope.ts';
import type { ApprovalRow, GrantRow, RequestRow } from './tables.ts';

const scopeSchema = z.strictObject({
  subject: z.string(),
  device: z.string(),
  resource: z.string(),
  catalogHash: z.string(),
  actions: z.array(z.string()).min(1),
  purpose: z.string(),
  durationMs: z.int().positive(),
  startAtMs: z.int().nullable(),
  // Absent in what was stored before there were emergencies.
  breakGlass: z.boolean().default(false),
});

const reasons = z.array(z.object({ policyId: z.string(), title: z.string(), fix: z.string().nullable() }));
const neededSchema = z.object({ count: z.int(), owner: z.boolean() });
const base = { policyHash: z.string(), reasons };

const decisionSchema = z.discriminatedUnion('outcome', [
  z.object({ ...base, outcome: z.literal('approved') }),
  z.object({ ...base, outcome: z.literal('needs_confirmation') }),
  z.object({
    ...base,
    outcome: z.literal('needs_approval'),
    needed: neededSchema,
    approvers: z.array(z.object({ subject: z.string(), person: z.string(), name: z.string(), owner: z.boolean() })),
  }),
  z.object({
    ...base,
    outcome: z.literal('denied'),
    code: z.enum([
      'not_eligible',
      'guardrail',
      'fact_missing',
      'evaluation_error',
      'no_eligible_approver',
      'over_max_duration',
      'cooldown',
    ]),
    missingFacts: z.array(z.string()),
    counterOffer: z
      .object({ durationMs: z.int(), outcome: z.enum(['approved', 'needs_approval', 'needs_confirmation']) })
      .nullable(),
    retryAtMs: z.int().nullable().default(null),
  }),
]);

const receiptSchema = z.object({ revokedAtMs: z.number(), checkedAtMs: z.number(), lagMs: z.number() });
const actionsSchema = z.array(z.string()).min(1);
const groupsSchema = z.array(z.string());
const askedSchema = z.object({ actions: z.array(z.string()), durationMs: z.int() });

export function storedScope(row: Pick<RequestRow | ApprovalRow, 'scope'>): Scope {
  return scopeSchema.parse(JSON.parse(row.scope));
}

export function storedDecision(row: Pick<RequestRow, 'decision'>): Decision {
  return decisionSchema.parse(JSON.parse(row.decision));
}

/** Approvals that an extension needs beyond what policy says, or null. */
export function storedFloor(row: Pick<RequestRow, 'floor'>): NeededApprovals | null {
  return row.floor === null ? null : neededSchema.parse(JSON.parse(row.floor));
}

export function storedAsked(row: Pick<RequestRow, 'asked'>): z.infer<typeof askedSchema> {
  return askedSchema.parse(JSON.parse(row.asked));
}

/** Groups that an escalation asks. */
export function storedGroups(row: Pick<RequestRow, 'escalate_to'>): readonly string[] {
  return groupsSchema.parse(JSON.parse(row.escalate_to));
}

export function storedActions(row: Pick<GrantRow, 'actions'>): readonly string[] {
  return actionsSchema.parse(JSON.parse(row.actions));
}

export function storedReceipt(row: Pick<GrantRow, 'receipt'>): EndReceipt | null {
  return row.receipt === null ? null : receiptSchema.parse(JSON.parse(row.receipt));
}
