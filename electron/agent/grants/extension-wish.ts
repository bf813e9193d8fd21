// What *Extend* asks: the same again, for as long as the access was asked for.
import type { RequestView } from '#shared/contracts/broker-api.ts';
import type { WishForm } from '#shared/contracts/desktop/commands.ts';
import { lengthOf } from './warning-points.ts';

export function extensionWish(grantId: string, request: RequestView): WishForm {
  return {
    resource: request.resource.id,
    actions: request.scope.actions,
    purpose: request.purpose,
    justification: request.justification,
    ticket: request.ticket,
    durationMs: lengthOf(request.scope.duration),
    startAtMs: null,
    endsWithOperation: false,
    extendsGrant: grantId,
    breakGlass: false,
  };
}
