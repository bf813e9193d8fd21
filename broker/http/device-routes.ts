// The routes about devices: whose they are, by which key, and what is true of them.
import { deviceKeyChangeSchema } from '#shared/contracts/audit-api.ts';
import { changedDeviceViewSchema, deviceViewSchema } from '#shared/contracts/broker-api.ts';
import { deviceFactsBodySchema, deviceFactsViewSchema } from '#shared/contracts/people-api.ts';
import type { Route } from './route.ts';
import { json, write } from './route-parts.ts';

export const DEVICE_ROUTES = {
  enrolDevice: {
    ...write,
    path: '/v1/devices',
    proof: 'new_device',
    answers: { 201: deviceViewSchema },
    summary: 'Enrol the device key that signed the DPoP proof',
  },
  changeDeviceKey: {
    ...write,
    path: '/v1/devices/change',
    proof: 'new_device',
    body: json(deviceKeyChangeSchema),
    answers: { 200: changedDeviceViewSchema },
    summary: 'Put the device key that signed the DPoP proof in the place of another; both signed the checkpoint',
  },
  tellDeviceFacts: {
    ...write,
    method: 'PUT',
    path: '/v1/devices/:id/facts',
    who: 'provisioning',
    body: json(deviceFactsBodySchema),
    answers: { 200: deviceFactsViewSchema },
    summary: 'Say what is true of a device',
  },
} as const satisfies Readonly<Record<string, Route>>;
