// One call from its first byte to its record: check, record, check again, open, mask, send, record. The order is the
// promise: nothing is opened before `use.started` is durable, and every start gets exactly one end.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { err, ok, type Result } from '#shared/domain/result.ts';
import { admit, checkLive, type Admission, type AdmissionRefusal } from './admission.ts';
import type { Answer, NoAnswer } from './answer.ts';
import type { Call, CallParts } from './call.ts';
import { bearerToken, checkCaller } from './caller.ts';
import { endOperation } from './end-operation.ts';
import { openLease, type CutCode } from './lease.ts';
import { openUpstream } from './open-upstream.ts';
import { sendProblem, type GatewayProblemCode } from './problems.ts';
import { parseRequestTarget, type RequestTarget } from './request-target.ts';
import { newTally, sendAnswer } from './send-answer.ts';
import { isMade, isSpentByCut } from './spent.ts';
import type { UseEnd } from './use-events.ts';
import type { StartRefusal } from './use-records.ts';

/** What a caller hears when its call is cut before the answer began. */
const CUT_PROBLEMS: Readonly<Record<CutCode, GatewayProblemCode>> = {
  access_ended: 'invalid_token',
  expired: 'invalid_token',
  client_gone: 'invalid_request',
  gateway_closed: 'closing',
  mask_failed: 'cannot_mask',
  payload_too_large: 'payload_too_large',
  quota_exhausted: 'quota_exhausted',
  secret_in_answer: 'upstream_failed',
  source_changed: 'upstream_failed',
  upload_stalled: 'invalid_request',
  upstream_lost: 'upstream_failed',
  upstream_timeout: 'upstream_timeout',
};

function recordRefusal(parts: CallParts, refusal: AdmissionRefusal, method: string): void {
  const { claims, reason } = refusal;
  if (claims === null || !parts.mayRecordRefusal(claims.jti)) return;
  // A refusal is refused whether it can be recorded or not.
  parts.keep(parts.records.refused(claims, reason, method).catch(() => undefined));
}

/** Opens the upstream and sends its answer. Gives how the use ended; throws nothing. */
async function serve(parts: CallParts, call: Call): Promise<UseEnd> {
  const { lease, response, tally } = call;
  let answer: Answer | null = null;
  const quota = parts.quotas.open(call.admission.credential.grantId, call.admission.resource);
  try {
    if (!(await quota.isLeft())) return refuse(call, { problem: 'quota_exhausted', reason: null });
    if (call.request.headers.expect !== undefined) response.writeContinue();
    const opened = await openUpstream(parts, call);
    if (!opened.ok) return refuse(call, opened.error);
    answer = opened.value;
    const length = answer.body === null ? 0 : Number(answer.headers['content-length'] ?? 0);
    if (!(await quota.reserve(length))) return refuse(call, { problem: 'quota_exhausted', reason: null });
    if (lease.signal.aborted) throw lease.signal.reason;
    await sendAnswer(response, answer, quota.take, lease, tally);
    return { kind: 'finished', ...tally, status: answer.status };
  } catch (error) {
    lease.cut(error instanceof Error && error.name === 'CannotMaskError' ? 'mask_failed' : 'upstream_lost');
    return refuse(call, { problem: 'upstream_failed', reason: 'upstream_lost' });
  } finally {
    await answer?.discard();
    // Not given back, it counts as sent.
    await quota.close().catch(() => undefined);
  }
}

/** Ends a call that has no whole answer: by a problem if nothing was sent yet, else by closing the socket. */
function refuse(call: Call, refusal: NoAnswer): UseEnd {
  const { response, lease, tally } = call;
  const cutBy = lease.cutBy();
  const problem = cutBy === null ? refusal.problem : CUT_PROBLEMS[cutBy];
  if (response.headersSent || response.destroyed) response.destroy();
  else {
    const status = sendProblem(response, problem, cutBy === null ? (refusal.headers ?? {}) : { connection: 'close' });
    if (cutBy === null && refusal.reason === null) return { kind: 'finished', ...tally, status };
  }
  const code = cutBy ?? refusal.reason ?? refusal.problem;
  const { bytesIn, bytesOut } = tally;
  return { kind: 'interrupted', code, bytesIn, bytesOut, spent: isSpentByCut(code, tally) };
}

async function recordEnd(parts: CallParts, useId: string, admission: Admission, end: UseEnd): Promise<void> {
  const isOperationDone = parts.operations.end(admission.credential, isMade(end));
  try {
    const ended = parts.records.ended(useId, admission, end);
    // Others wait for its place, whether it was made or not.
    if (admission.credential.endsWithOperation) parts.records.hurry();
    await ended;
  } catch {
    // The open row stays: the next start closes it as interrupted.
  }
  if (isOperationDone) void endOperation(parts.deps, admission.credential, parts.isClosing);
}

type Checked = { readonly method: string; readonly target: RequestTarget; readonly admission: Admission };

async function check(parts: CallParts, request: IncomingMessage): Promise<Result<Checked, GatewayProblemCode>> {
  if (parts.isClosing()) return err('closing');
  const method = checkCaller(request, parts.hostNames());
  if (!method.ok) return err(method.error);
  const target = parseRequestTarget(request.url ?? '', parts.limits.targetBytes);
  if (!target.ok) return err(target.error);
  const call = { token: bearerToken(request), method: method.value, target: target.value };
  const admission = await admit({ ...parts.deps, operations: parts.operations }, call);
  if (admission.ok) return ok({ method: method.value, target: target.value, admission: admission.value });
  recordRefusal(parts, admission.error, method.value);
  return err(admission.error.code);
}

/** Another replica ended the access, or let in the one call that it is for: from now on memory says so too. */
function refuseStart(parts: CallParts, response: ServerResponse, checked: Checked, reason: StartRefusal): void {
  const { admission, method } = checked;
  parts.operations.end(admission.credential, reason === 'operation_done');
  if (reason === 'not_live') parts.deps.live.remove(admission.credential.credentialId);
  if (reason === 'operation_done') void endOperation(parts.deps, admission.credential, parts.isClosing);
  const code = reason === 'operation_in_progress' ? reason : 'invalid_token';
  recordRefusal(parts, { code, reason, claims: admission.claims }, method);
  sendProblem(response, code);
}

/** Records the start and serves the call, if its credential still lives once the record is durable. */
async function run(
  parts: CallParts,
  request: IncomingMessage,
  response: ServerResponse,
  checked: Checked,
): Promise<void> {
  const { method, target, admission } = checked;
  const { credential } = admission;
  if (!parts.operations.begin(credential)) return void sendProblem(response, 'operation_in_progress');
  let started: Result<string, StartRefusal>;
  try {
    started = await parts.records.started(admission, method);
  } catch {
    parts.operations.end(credential, false);
    return void sendProblem(response, 'use_not_recorded');
  }
  if (!started.ok) return refuseStart(parts, response, checked, started.error);
  const lease = openLease(parts.deps, credential);
  parts.leases.add(lease);
  const gone = (): void => {
    if (!response.writableFinished) lease.cut('client_gone');
  };
  response.once('close', gone);
  lease.signal.addEventListener('abort', () => response.headersSent && response.destroy(), { once: true });
  const call: Call = { request, response, method, target, admission, lease, tally: newTally() };
  if (response.destroyed) gone();
  if (!checkLive({ ...parts.deps, operations: parts.operations }, credential.credentialId).ok)
    lease.cut('access_ended');
  const end =
    lease.cutBy() === null ? await serve(parts, call) : refuse(call, { problem: 'invalid_token', reason: null });
  lease.release();
  parts.leases.delete(lease);
  await recordEnd(parts, started.value, admission, end);
}

/** Handles one request of the listener. Never rejects. */
export async function handleCall(parts: CallParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.on('error', () => undefined);
  request.on('error', () => undefined);
  try {
    const checked = await check(parts, request);
    if (checked.ok) await run(parts, request, response, checked.value);
    else sendProblem(response, checked.error);
  } catch {
    if (response.headersSent) response.destroy();
    else sendProblem(response, 'internal');
  }
}
