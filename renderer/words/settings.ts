// Words of the Settings screen.
import { isLedgerAlarm } from '#shared/contracts/desktop/ledger-alarms.ts';
import type { BrokerState, SyncState } from '#shared/contracts/desktop/state.ts';
import { count } from '../format.ts';

export const settingsWords = {
  look: 'Look',
  theme: 'Theme',
  themes: { system: 'System', light: 'Light', dark: 'Dark' },
  textZoom: 'Text size',
  behaviour: 'How it behaves',
  openAtLogin: 'Open at login',
  notifyBeforeEnd: 'Tell me before access ends',
  shortcut: 'Shortcut for this window',
  shortcutHint: 'Press the keys while this field has the focus: one or more of Ctrl, Alt, Shift and a letter or digit.',
  shortcutNone: 'None',
  shortcutClear: 'Clear',
  safety: 'Safety',
  clipboard: 'Clear a copied token after',
  wipeOnLock: 'Wipe when the session locks',
  wipeOnLockHint: 'All access ends when you lock the screen.',
  wipeOnQuit: 'Wipe when Daypass quits',
  wipeOnQuitHint: 'Off: access goes on until its end, and what is overdue is wiped at the next start.',
  managed: 'Set by your organisation',
  about: 'About',
  gateway: 'Gateway',
  sync: 'Log',
  version: 'Version',
  person: 'Person',
  mode: 'Mode',
  modes: { embedded: 'On this machine, self-attested', team: 'Team' },
  quit: 'Quit Daypass',
} as const;

export function gatewayWords(broker: BrokerState): string {
  switch (broker.kind) {
    case 'ready':
      return broker.gatewayUrl;
    case 'starting':
      return 'starting…';
    case 'offline':
      return 'offline';
    case 'signed_out':
      return 'signed out';
    case 'failed':
      return 'not running';
  }
}

export function syncWords(sync: SyncState): string {
  switch (sync.kind) {
    case 'synced':
      return 'All records synced';
    case 'behind':
      return `${count(sync.records)} records to sync`;
    case 'stuck':
      return `Stuck with ${count(sync.records)} records`;
    case 'alarm':
      return isLedgerAlarm(sync.code) ? 'Alarm: the broker’s log does not match' : 'Alarm: records are not taken';
  }
}
