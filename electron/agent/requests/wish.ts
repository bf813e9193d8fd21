// What the form holds in the broker's words, and what policy says to it in the window's.
import type { Wish } from '#shared/client/broker-client.ts';
import type { DryRunView } from '#shared/contracts/broker-api.ts';
import type { Preview, WishForm } from '#shared/contracts/desktop/commands.ts';
import { formatInstant } from '#shared/domain/time.ts';
import { cleanLine } from '../clean-text.ts';
import { lengthOf } from '../grants/warning-points.ts';
import { reasonCards } from '../view/request-card.ts';

export function brokerWish(form: WishForm): Wish {
  return {
    resource: form.resource,
    actions: form.actions,
    purpose: form.purpose,
    durationMs: form.durationMs,
    justification: form.justification,
    ...(form.ticket === null || form.ticket.trim() === '' ? {} : { ticket: form.ticket }),
    ...(form.startAtMs === null ? {} : { startAt: formatInstant(form.startAtMs) }),
    ...(form.endsWithOperation ? { endsWith: 'operation' as const } : {}),
    ...(form.extendsGrant === null ? {} : { extends: form.extendsGrant }),
    ...(form.breakGlass ? { breakGlass: true } : {}),
  };
}

export function previewOf({ decision, scopeHash, revokeClass }: DryRunView): Preview {
  const offer = decision.counterOffer;
  return {
    outcome: decision.outcome,
    reasons: reasonCards(decision.reasons),
    neededApprovals: decision.needed?.count ?? 0,
    ownerNeeded: decision.needed?.owner ?? false,
    approvers: decision.approvers.map(({ name, owner }) => ({ name: cleanLine(name, 120), owner })),
    code: decision.code,
    missingFacts: decision.missingFacts.map((fact) => cleanLine(fact)),
    counterOffer: offer === null ? null : counterOffer(offer),
    retryAtMs: decision.retryAt === null ? null : Date.parse(decision.retryAt),
    facts: decision.facts,
    revokeClass,
    scopeHash,
  };
}

function counterOffer({
  duration,
  outcome,
}: NonNullable<DryRunView['decision']['counterOffer']>): Preview['counterOffer'] {
  switch (outcome) {
    case 'approved':
    case 'needs_approval':
    case 'needs_confirmation':
      return { durationMs: lengthOf(duration), outcome };
    default:
      return null;
  }
}
