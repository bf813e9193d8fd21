// Opens what a call is for: a folder or an HTTP upstream, masked where it must be. Never before its start is recorded.
import { err, type Result } from '#shared/domain/result.ts';
import type { Answer, NoAnswer } from './answer.ts';
import type { Call, CallParts } from './call.ts';
import { hasBody } from './caller.ts';
import { answerFromFolder } from './folder-upstream.ts';
import { callHttpUpstream } from './http-upstream.ts';
import { maskAnswer } from './mask-answer.ts';
import { uploadOf } from './upload.ts';

/** Calls what the grant opens, and masks its answer where the grant must not see personal columns. */
export async function openUpstream(parts: CallParts, call: Call): Promise<Result<Answer, NoAnswer>> {
  const { upstream } = call.admission.resource;
  const { masked } = call.admission;
  // Not behind the gateway: no token for it exists, and no action of it matches a call.
  if (upstream === null) return err({ problem: 'not_found', reason: null });
  if (upstream.kind === 'folder') {
    const answered = await answerFromFolder({
      upstream,
      catalogFolder: parts.deps.catalogFolder,
      segments: call.target.segments,
      method: call.method,
      headers: call.request.headers,
      masked,
      listingEntries: parts.limits.listingEntries,
      lease: call.lease,
    });
    return answered.ok && masked && !answered.value.listing ? maskedView(parts, call, answered.value) : answered;
  }
  const uploadLimits = { maxBytes: parts.limits.requestBodyBytes, idleMs: parts.limits.uploadIdleMs };
  const body = hasBody(call.request) ? uploadOf(call.request, uploadLimits, call.lease, call.tally) : null;
  // What has no body is on its way as soon as it is called: it cannot be seen arriving.
  if (body === null && !['GET', 'HEAD'].includes(call.method)) call.tally.reachedUpstream = true;
  const httpDeps = { limits: parts.limits, connections: parts.connections, secret: parts.deps.secret };
  const httpCall = {
    upstream,
    method: call.method,
    target: call.target,
    request: call.request,
    body,
    masked,
    lease: call.lease,
  };
  const answered = await callHttpUpstream(httpDeps, httpCall);
  return answered.ok && masked ? maskedView(parts, call, answered.value) : answered;
}

async function maskedView(parts: CallParts, call: Call, answer: Answer): Promise<Result<Answer, NoAnswer>> {
  try {
    const masked = await maskAnswer(answer, call.admission.resource.personalColumns, parts.limits);
    if (masked.ok) return masked;
    await answer.discard();
    return err({ problem: 'cannot_mask', reason: null });
  } catch (error) {
    await answer.discard();
    throw error;
  }
}
