// Which icon the tray shows for a state, and from which file on each platform. Pure.
import type { DesktopState } from '#shared/contracts/desktop/state.ts';

export type TrayLook = 'idle' | 'active' | 'ending' | 'waiting' | 'offline' | 'trouble';

/** The most pressing thing wins. Null: the agent is not there yet. */
export function trayLook(state: DesktopState | null): TrayLook {
  if (state === null) return 'idle';
  if (hasTrouble(state)) return 'trouble';
  if (state.grants.some(({ phase }) => phase === 'ending')) return 'ending';
  if (state.approvals.length > 0 || state.requests.some(({ phase }) => phase === 'ready' || phase === 'confirm'))
    return 'waiting';
  if (state.broker.kind === 'offline' || state.broker.kind === 'signed_out') return 'offline';
  return state.grants.some(({ phase }) => phase === 'active' || phase === 'storing') ? 'active' : 'idle';
}

function hasTrouble({
  broker,
  keychain,
  memoryOnly,
  disk,
  clockJump,
  grants,
  sync,
  sinks,
  verification,
}: DesktopState): boolean {
  return (
    broker.kind === 'failed' ||
    (keychain.kind !== 'ready' && !memoryOnly) ||
    disk === 'full' ||
    clockJump !== null ||
    grants.some(({ phase }) => phase === 'wipe_failed' || phase === 'missing') ||
    sync.kind === 'alarm' ||
    sync.kind === 'stuck' ||
    sinks.some(({ needsLook }) => needsLook) ||
    verification.result === 'failed'
  );
}

/** The file's name in `assets/tray`. A template image on macOS, which colours it itself. */
export function trayImageFile(look: TrayLook, panel: 'light' | 'dark', platform: NodeJS.Platform): string {
  if (platform === 'darwin') return `${look}Template.png`;
  return `${look}-${panel}.${platform === 'win32' ? 'ico' : 'png'}`;
}
