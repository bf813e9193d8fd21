// One request of the person as the window shows it, from the broker's word and what this machine does about it. Pure.
import type { RequestView } from '#shared/contracts/broker-api.ts';
import type { RequestCard } from '#shared/contracts/desktop/cards.ts';
import { assertNever } from '#shared/domain/result.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import { cleanLine, cleanText } from '../clean-text.ts';
import { lengthOf } from '../grants/warning-points.ts';
import type { Progress } from '../requests/collect.ts';
import type { CatalogResource } from '../session/book.ts';
import type { LocalCopy } from '../vault/vault.ts';
import { resourceCard } from './resource-card.ts';

export type RequestHere = {
  readonly nowMs: EpochMs;
  readonly entry: CatalogResource | undefined;
  readonly progress: Progress;
  /** The vault's copy of this request, if it has one. */
  readonly copy: LocalCopy | undefined;
  readonly dismissed: boolean;
};

type Phase = RequestCard['phase'];

/** Null: there is nothing to show, or it shows as a grant. */
export function requestPhase(view: RequestView, here: RequestHere): Phase | null {
  switch (view.state) {
    case 'pending':
      return view.decision.outcome === 'needs_confirmation' && !view.selfConfirmed ? 'confirm' : 'waiting';
    case 'approved':
      return approvedPhase(view, here);
    case 'fulfilled':
      return cutPhase(here);
    case 'rejected':
    case 'denied':
    case 'lapsed':
    case 'revoked':
    case 'withdrawn':
      return here.dismissed ? null : view.state;
    case 'superseded':
      return null;
    default:
      return assertNever(view.state);
  }
}

function approvedPhase(view: RequestView, here: RequestHere): Phase {
  const cut = cutPhase(here);
  if (cut !== null) return cut;
  const { startAt } = view.scope;
  return startAt !== null && Date.parse(startAt) > here.nowMs ? 'scheduled' : 'ready';
}

/** A collect that runs, or one that was cut and of which the vault still holds the intent. */
function cutPhase({ progress, copy }: RequestHere): Phase | null {
  if (progress.collecting) return 'collecting';
  return copy?.state === 'intended' ? 'interrupted' : null;
}

export function requestCard(view: RequestView, here: RequestHere): RequestCard | null {
  const phase = requestPhase(view, here);
  if (phase === null) return null;
  const askedDurationMs = lengthOf(view.asked.duration);
  const durationMs = lengthOf(view.scope.duration);
  const { decision } = view;
  return {
    requestId: view.id,
    resource: resourceCard(view.resource.id, here.entry, view.resource),
    actions: [...view.scope.actions],
    purpose: cleanLine(view.purpose),
    askedDurationMs,
    durationMs,
    narrowed: durationMs < askedDurationMs || view.scope.actions.length < view.asked.actions.length,
    phase,
    scopeHash: view.scopeHash,
    neededApprovals: decision.needed?.count ?? 0,
    answers: view.answers.map((answer) => ({
      name: cleanLine(answer.name),
      answer: answer.answer,
      reason: answer.reason === null ? null : cleanText(answer.reason, 1000),
      atMs: Date.parse(answer.at),
      narrowedTo:
        answer.narrowedTo === null
          ? null
          : { actions: [...answer.narrowedTo.actions], durationMs: lengthOf(answer.narrowedTo.duration) },
    })),
    approvers: view.approvers.map(({ name, owner, answered }) => ({ name: cleanLine(name), owner, answered })),
    escalated: view.escalatedAt !== null,
    reasons: reasonCards(decision.reasons),
    createdAtMs: Date.parse(view.createdAt),
    lapsesAtMs: view.lapsesAt === null ? null : Date.parse(view.lapsesAt),
    startAtMs: view.scope.startAt === null ? null : Date.parse(view.scope.startAt),
    extendsGrant: view.extends,
    breakGlass: view.breakGlass,
    nudgeAtMs: view.nudgeAt === null ? null : Date.parse(view.nudgeAt),
    closeCode: view.closeCode,
    problem: here.progress.problem ?? (phase === 'interrupted' ? 'interrupted' : null),
  };
}

export function reasonCards(reasons: RequestView['decision']['reasons']): RequestCard['reasons'] {
  return reasons.map(({ policyId, title, fix }) => ({
    policyId: cleanLine(policyId),
    title: cleanLine(title, 300),
    fix: fix === null ? null : cleanLine(fix, 80),
  }));
}
