// A request of somebody else that waits for this person, as the window shows it. Every word in it is theirs: cleaned.
import type { MeView, RequestView } from '#shared/contracts/broker-api.ts';
import type { ApprovalCard } from '#shared/contracts/desktop/cards.ts';
import { DAY_MS, type EpochMs } from '#shared/domain/time.ts';
import { cleanLine, cleanText } from '../clean-text.ts';
import { lengthOf } from '../grants/warning-points.ts';
import type { CatalogResource } from '../session/book.ts';
import { reasonCards } from './request-card.ts';
import { resourceCard } from './resource-card.ts';

const HELD_WITHIN_DAYS = 30;

export type ApprovalHere = {
  readonly nowMs: EpochMs;
  readonly mode: MeView['mode'];
  readonly entry: CatalogResource | undefined;
  /** What this person answered before. */
  readonly answered: readonly RequestView[];
};

export function approvalCard(view: RequestView, here: ApprovalHere): ApprovalCard {
  return {
    requestId: view.id,
    scopeHash: view.scopeHash,
    requester: cleanLine(view.requester.name, 120),
    resource: resourceCard(view.resource.id, here.entry, view.resource),
    actions: [...view.scope.actions],
    durationMs: lengthOf(view.scope.duration),
    purpose: cleanLine(view.purpose),
    justification: cleanText(view.justification),
    ticket: view.ticket === null ? null : cleanLine(view.ticket, 120),
    askedAtMs: Date.parse(view.createdAt),
    lapsesAtMs: view.lapsesAt === null ? null : Date.parse(view.lapsesAt),
    reasons: reasonCards(view.decision.reasons),
    neededApprovals: view.decision.needed?.count ?? 0,
    answers: view.answers.map(({ name, answer }) => ({ name: cleanLine(name), answer })),
    heldBefore: heldBefore(view, here),
    extendsGrant: view.extends !== null,
    revokeClass: view.revokeClass,
    freshSignIn: here.mode === 'standalone' && ['confidential', 'restricted'].includes(view.resource.sensitivity ?? ''),
    breakGlass: view.breakGlass,
    reminded: view.reminders,
    escalated: view.escalatedAt !== null,
  };
}

/** Two people of one name count as one here: the broker gives approvers a name and no id. */
function heldBefore(view: RequestView, { nowMs, answered }: ApprovalHere): ApprovalCard['heldBefore'] {
  const same = answered.filter(
    (other) =>
      other.id !== view.id &&
      other.resource.id === view.resource.id &&
      other.requester.name === view.requester.name &&
      Date.parse(other.createdAt) > nowMs - HELD_WITHIN_DAYS * DAY_MS,
  );
  return {
    times: same.filter(({ state }) => state === 'fulfilled').length,
    withinDays: HELD_WITHIN_DAYS,
    refused: same.filter(({ state }) => state === 'rejected').length,
  };
}
