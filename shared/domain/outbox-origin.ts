// The name of a desktop's log in signed notes: who knows the device key's thumbprint knows the origin, and the reverse.
import type { DeviceId } from './identity.ts';

const PREFIX = 'daypass.desktop/';

export function outboxOrigin(device: DeviceId): string {
  return `${PREFIX}${device}`;
}

/** Whose origin it is, or null when it is not the name of a desktop's log. */
export function deviceOfOrigin(origin: string): DeviceId | null {
  return /^daypass\.desktop\/[A-Za-z0-9_-]{43}$/.test(origin) ? origin.slice(PREFIX.length) : null;
}
