// The remaining routes: who am I, what is there, devices, events, health, metrics, the API's own description.
import { enrolDevice } from '#broker/identity/enrol-device.ts';
import { tellDeviceFacts } from '#broker/identity/tell-device-facts.ts';
import { changeDeviceKey } from '#broker/desktops/change-key.ts';
import { publicKeyOf } from '#shared/audit/log-key.ts';
import { eligibleActions } from '#broker/access/prepare.ts';
import { eventStream } from '#broker/events/event-stream.ts';
import { formatDuration, formatInstant } from '#shared/domain/time.ts';
import { json, refused } from './answer.ts';
import type { Handlers } from './handler.ts';
import { meView, resourceView } from './views.ts';

type SystemRoutes =
  | 'me'
  | 'catalog'
  | 'enrolDevice'
  | 'changeDeviceKey'
  | 'tellDeviceFacts'
  | 'events'
  | 'openapi'
  | 'health'
  | 'ready'
  | 'metrics';

/** A JWK thumbprint: SHA-256 in base64url. */
const DEVICE_ID = /^[A-Za-z0-9_-]{43}$/;
const EVENT_ID = /^(?:0|[1-9]\d{0,15})$/;

export const systemHandlers: Handlers<SystemRoutes> = {
  me: (deps, { principal }) => {
    const { recordsKeptMs: keptMs } = deps;
    return json({ ...meView(deps, principal), recordsKept: keptMs === null ? null : formatDuration(keptMs) });
  },
  catalog: (deps, { principal }) => {
    const resources = deps
      .snapshot()
      .resources()
      .flatMap((resource) => {
        const eligible = eligibleActions(deps, principal, resource);
        return eligible.actions.length === 0 ? [] : [resourceView(deps, resource, eligible)];
      });
    return json({ resources });
  },
  enrolDevice: async (deps, { principal, device }) => {
    const enrolledAtMs = await enrolDevice(deps, principal, device);
    return json({ device, enrolledAt: formatInstant(enrolledAtMs) }, 201);
  },
  changeDeviceKey: async (deps, { principal, deviceKey, body }) => {
    const key = publicKeyOf(deviceKey);
    if (key === null) return refused({ code: 'invalid_checkpoint', detail: 'A log is signed with an Ed25519 key.' });
    const changed = await changeDeviceKey(deps, { subject: principal.subject, key }, body);
    if (!changed.ok) return refused(changed.error);
    return json({ device: key.thumbprint, replaces: body.replaces, changedAt: formatInstant(changed.value) });
  },
  tellDeviceFacts: async (deps, { principal, id, body }) => {
    if (!DEVICE_ID.test(id)) return refused({ code: 'not_found', detail: 'No such device.' });
    await tellDeviceFacts(deps, principal, id, body);
    return json({ device: id, ...body });
  },
  events: async (deps, { principal, request }) => {
    const lastEventId = request.headers.get('last-event-id');
    if (lastEventId !== null && !EVENT_ID.test(lastEventId)) {
      return refused({ code: 'invalid_request', detail: 'Last-Event-ID is a ledger sequence number.' });
    }
    const stop = new AbortController();
    const signal = AbortSignal.any([request.signal, deps.closing, stop.signal]);
    const newest = await deps.events.newest();
    const after = lastEventId === null ? newest : Number(lastEventId);
    // Waiting for the ledger to grow to there would be silence that looks like nothing happening.
    if (after > newest) return refused({ code: 'invalid_request', detail: 'Last-Event-ID is not in this ledger yet.' });
    const untilMs = principal.token?.goodUntilMs ?? null;
    deps.openReaders.add(principal.subject, { signal, end: () => stop.abort(), untilMs });
    return { kind: 'response', response: eventStream(deps.events.follow(principal, after, signal), stop) };
  },
  openapi: (deps) => json(deps.openApi()),
  health: () => json({ status: 'ok' }),
  ready: async (deps) => {
    if (await deps.isReady()) return json({ status: 'ready' });
    if (deps.rulesBehind())
      return refused({ code: 'unavailable', detail: 'Rules are in force that this replica cannot take over.' });
    const detail = (await deps.directory.isReady())
      ? 'The store cannot be written, or this broker is stopping.'
      : 'The issuer of sign-ins cannot be reached, so nobody is recognised.';
    return refused({ code: 'unavailable', detail });
  },
  metrics: async (deps) => ({ kind: 'text', type: deps.metrics.type, body: await deps.metrics.text() }),
};
