// The one place that asks Cedar whether a request is allowed. Previews and enforcement both end here.
// Anything but a clean answer is a refusal: Cedar skips a guard whose evaluation fails, so an error never allows.
import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import { slotNames, type Prepared, type SetName } from './cedar-slots.ts';
import {
  accessContext,
  approvingContext,
  factsContext,
  resourceEntity,
  uid,
  userEntity,
  type Supposed,
} from './cedar-request.ts';
import type { Principal } from '#shared/domain/identity.ts';
import type { Question } from './engine.ts';

/** Policies by id: for an allow the permits that gave it, for a refusal the guards that bit (none: nothing permits). */
export type Answer = {
  readonly action: string;
  readonly outcome: 'allow' | 'deny' | 'error';
  readonly policyIds: readonly string[];
};

/** All actions of one request at one supposition. */
export type Evaluation = { readonly allowed: boolean; readonly answers: readonly Answer[] };

export type Evaluator = (supposed: Supposed) => Evaluation;

/** Takes a question whose actions the resource offers; gives the function that answers it for any supposition. */
export function evaluatorFor(
  prepared: Prepared,
  question: Question,
  set: Exclude<SetName, 'approve'> = 'access',
): Evaluator {
  const { requester, resource, actions } = question;
  const entities = [userEntity(requester), resourceEntity(resource)];
  const base = factsContext(question);
  return (supposed) => {
    const context = accessContext(base, question, supposed);
    const answers = actions.map((action) =>
      ask(prepared, set, { principal: requester, action, resource, context, entities }),
    );
    return { allowed: answers.length > 0 && answers.every(({ outcome }) => outcome === 'allow'), answers };
  };
}

/** Whether policy lets this principal answer the request; an evaluation error is a no. */
export function mayApproveByPolicy(prepared: Prepared, approver: Principal, question: Question): boolean {
  const { requester, resource } = question;
  const entities = [userEntity(approver), userEntity(requester), resourceEntity(resource)];
  const context = approvingContext(question);
  return (
    ask(prepared, 'approve', { principal: approver, action: 'approve', resource, context, entities }).outcome ===
    'allow'
  );
}

type Asked = Pick<Question, 'resource'> & {
  readonly principal: Principal;
  readonly action: string;
  readonly context: cedar.Context;
  readonly entities: cedar.EntityJson[];
};

function ask(prepared: Prepared, set: SetName, { principal, action, resource, context, entities }: Asked): Answer {
  const names = slotNames(prepared, set);
  const result = answerOf({
    principal: uid('User', principal.subject),
    action: uid('Action', action),
    resource: uid('Resource', resource.id),
    context,
    entities,
    preparsedSchemaName: names.schema,
    preparsedPolicySetId: names.set,
    validateRequest: true,
  });
  if (result === null) return { action, outcome: 'error', policyIds: [] };
  const { decision, diagnostics } = result;
  if (diagnostics.errors.length === 0) return { action, outcome: decision, policyIds: diagnostics.reason };
  return { action, outcome: 'error', policyIds: diagnostics.errors.map(({ policyId }) => policyId) };
}

/** Null for a call that Cedar cannot read. It throws where text is not Unicode, as a claim with half a surrogate pair. */
function answerOf(call: cedar.StatefulAuthorizationCall): cedar.Response | null {
  try {
    const answer = cedar.statefulIsAuthorized(call);
    return answer.type === 'success' ? answer.response : null;
  } catch {
    return null;
  }
}
