// What the tray's menu says first: what is in the way of new access, and what of the log needs a person.
import type { SinkCard } from '#shared/contracts/desktop/sinks.ts';
import type { DesktopState } from '#shared/contracts/desktop/state.ts';
import { action, cleanName, type TrayItem } from './tray-item.ts';

export function troubleSection(state: DesktopState): readonly TrayItem[] {
  const { broker, keychain, memoryOnly, disk, clockJump } = state;
  const problems = [
    ...(broker.kind === 'failed' ? ['The broker does not run…'] : []),
    ...(broker.kind === 'offline' ? ['Offline…'] : []),
    ...(keychain.kind !== 'ready' && !memoryOnly ? ['The keychain is not available…'] : []),
    ...(disk === 'full' ? ['The disk is full…'] : []),
    ...(clockJump === null ? [] : ['The clock was changed…']),
  ];
  return [...problems.map((label) => action(label, { do: 'show' })), ...logItems(state)];
}

/** The log needs a person: at the broker, or at one of the other places that it goes to. */
function logItems({ sync, sinks }: DesktopState): readonly TrayItem[] {
  const stuck = sinks.filter(({ needsLook }) => needsLook);
  const [first] = stuck;
  const labels = [
    ...(sync.kind === 'alarm' ? [alarmLabel(sync.code)] : []),
    ...(first === undefined
      ? []
      : [stuck.length === 1 ? sinkLabel(first) : `The log does not reach ${stuck.length} places…`]),
  ];
  return labels.map((label) => action(label, { do: 'open', route: { screen: 'sinks' } }));
}

function alarmLabel(code: string): string {
  return code === 'backlog_full' ? 'No new access: too many records wait…' : 'The log and the broker do not agree…';
}

function sinkLabel({ name, state }: SinkCard): string {
  return state.kind === 'stuck'
    ? `The log does not reach ${cleanName(name)}…`
    : `${cleanName(name)} refused records of the log…`;
}
