// What an administrator is told of other people's computers: a log that went back, contradicts itself, or has another key.
import type { BrokerEvent } from '#shared/contracts/broker-api.ts';

const TITLES = {
  'audit.forked': 'A computer signed two logs that contradict each other',
  'audit.epoch_opened': 'The log of a computer went back, or has another key',
} as const;

type DesktopAlarm = keyof typeof TITLES;

export function isDesktopAlarm({ kind }: BrokerEvent): boolean {
  return Object.hasOwn(TITLES, kind);
}

export function desktopAlarmTitle({ kind }: BrokerEvent): string {
  // Only such events are told: `isDesktopAlarm`.
  return TITLES[kind as DesktopAlarm];
}
