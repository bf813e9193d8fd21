// What is wrong with the machine or the broker, what it means, and what to do. Pure: a snapshot in, banners out.
import type { CommandArgs } from '#shared/contracts/desktop/commands.ts';
import type { BrokerState, DesktopState, KeychainState, SyncState } from '#shared/contracts/desktop/state.ts';
import { isLedgerAlarm } from '#shared/contracts/desktop/ledger-alarms.ts';
import { count, dateTime, length, timeOfDay } from '../format.ts';
import type { Tone } from '../parts/card.tsx';

/** What pressing a banner's button sends. */
export type BannerAction =
  | { readonly command: 'retry'; readonly args: CommandArgs<'retry'>; readonly label: string }
  | { readonly command: 'accept-clock'; readonly args: null; readonly label: string }
  | { readonly command: 'accept-ledger'; readonly args: null; readonly label: string }
  | { readonly command: 'use-memory-only'; readonly args: CommandArgs<'use-memory-only'>; readonly label: string };

export type Banner = {
  readonly id: string;
  readonly tone: Tone;
  readonly title: string;
  readonly body: string;
  readonly list: readonly string[];
  readonly action: BannerAction | null;
  readonly busy: boolean;
};

const RETRY_BROKER = { command: 'retry', args: { what: 'broker' }, label: 'Try again' } as const;
const RETRY_KEYCHAIN = { command: 'retry', args: { what: 'keychain' }, label: 'Try again' } as const;
const RETRY_SYNC = { command: 'retry', args: { what: 'sync' }, label: 'Sync now' } as const;

/** The most important first. */
export function bannersOf(state: DesktopState): readonly Banner[] {
  return [
    clockBanner(state.clockJump),
    diskBanner(state),
    brokerBanner(state.broker),
    keychainBanner(state.keychain, state.memoryOnly),
    syncBanner(state.sync),
    restoredBanner(state),
  ].filter((banner) => banner !== null);
}

function banner(
  id: string,
  tone: Tone,
  title: string,
  body: string,
  action: BannerAction | null = null,
  rest: Partial<Banner> = {},
): Banner {
  return { id, tone, title, body, action, list: [], busy: false, ...rest };
}

function clockBanner(jump: DesktopState['clockJump']): Banner | null {
  if (jump === null) return null;
  const way = jump.byMs < 0 ? 'back' : 'ahead';
  return banner(
    'clock',
    'bad',
    `The clock jumped ${length(Math.abs(jump.byMs))} ${way}`,
    'So that no access outlives its end, all of it was ended. Look at the date and time of this machine before you go on.',
    { command: 'accept-clock', args: null, label: 'The clock is right' },
  );
}

function diskBanner({ disk, broker }: DesktopState): Banner | null {
  if (disk === 'ok' && !(broker.kind === 'failed' && broker.code === 'disk_full')) return null;
  return banner(
    'disk',
    'bad',
    'The disk is full',
    'Nothing is issued without a record of it. What you hold can still be ended and wiped. Free some space, then try again.',
    RETRY_BROKER,
  );
}

function brokerBanner(broker: BrokerState): Banner | null {
  switch (broker.kind) {
    case 'ready':
      return null;
    case 'starting':
      return banner('broker', 'plain', 'Starting…', 'Policy and catalog are being read.', null, { busy: true });
    case 'offline':
      return banner(
        'broker',
        'warn',
        'The broker cannot be reached',
        `Since ${timeOfDay(broker.sinceMs)}. What you hold goes on until its end; new access has to wait.`,
        RETRY_BROKER,
      );
    case 'signed_out':
      return null;
    case 'failed':
      return failedBanner(broker);
  }
}

function failedBanner({ code, problems }: Extract<BrokerState, { kind: 'failed' }>): Banner | null {
  const told = (title: string, body: string): Banner =>
    banner('broker', 'bad', title, body, RETRY_BROKER, { list: problems.slice(0, 20) });
  switch (code) {
    case 'gateway_port_taken':
      return told(
        'Another program uses the gateway’s port',
        'Close that program, or choose another port in the configuration, then try again.',
      );
    case 'configuration_refused':
      return told('The configuration has mistakes', 'Nothing starts until they are corrected:');
    case 'in_use':
      return told(
        'Another Daypass works on the same data',
        'Close the other one, perhaps of another login on this machine, then try again.',
      );
    case 'disk_full':
      // The disk has a banner of its own.
      return null;
    case 'stopped':
      return told('The broker stopped', 'What you hold is wiped here at its end. Start it again to check out access.');
    case 'start_failed':
      return told(
        'The broker did not start',
        'Try again. If it stays like this, show these lines to your administrator.',
      );
  }
}

function keychainBanner(keychain: KeychainState, memoryOnly: boolean): Banner | null {
  switch (keychain.kind) {
    case 'ready':
      return null;
    case 'locked':
      return banner(
        'keychain',
        'warn',
        'Your keychain is locked',
        'Tokens live there. Unlock it, then try again; Daypass never asks for its password.',
        RETRY_KEYCHAIN,
      );
    case 'failed':
      return banner(
        'keychain',
        'bad',
        'The keychain does not answer',
        `Tokens cannot be stored or read right now (${keychain.code.replaceAll('_', ' ')}). It is tried again; nothing is lost.`,
        RETRY_KEYCHAIN,
      );
    case 'none':
      return memoryOnly
        ? banner(
            'keychain',
            'warn',
            'Tokens are held in memory only',
            'This machine has no keychain. They are gone when Daypass quits, and never written to a file.',
            { command: 'use-memory-only', args: { agree: false }, label: 'Stop this' },
          )
        : banner(
            'keychain',
            'bad',
            'No keychain on this machine',
            'Daypass stores tokens in the keychain of your system and never in a file. Install one, or agree to hold tokens in memory only: they are gone when Daypass quits.',
            { command: 'use-memory-only', args: { agree: true }, label: 'Memory only' },
          );
  }
}

/** Told until somebody has read it. It stops nothing: who was to look after the restore has done so already. */
function restoredBanner({ verification: { restored }, sync }: DesktopState): Banner | null {
  if (restored === null || (sync.kind === 'alarm' && isLedgerAlarm(sync.code))) return null;
  const { backupAtMs, keptRecords, seenRecords, agreedRecords, sentAgain, restores } = restored;
  const from = backupAtMs === null ? 'an empty backup' : `a backup of ${dateTime(backupAtMs)}`;
  const lost =
    seenRecords > keptRecords
      ? `Records after number ${count(keptRecords)} are missing there; this computer had seen ${count(seenRecords)}.`
      : 'Nothing that this computer had seen is missing there.';
  const agrees =
    agreedRecords > 0
      ? `Up to number ${count(agreedRecords)} it is proven to be the log that this computer knew.`
      : 'This computer kept nothing from before the backup to compare it with.';
  const again = sentAgain > 0 ? `${count(sentAgain)} records of this computer were sent again.` : '';
  return banner(
    'restored',
    'warn',
    `The organisation’s log was restored from ${from}`,
    [restores > 1 ? `It was restored ${count(restores)} times.` : '', lost, agrees, again, ACCESS_ENDED]
      .filter((sentence) => sentence !== '')
      .join(' '),
    { command: 'accept-ledger', args: null, label: 'I have read this' },
  );
}

const ACCESS_ENDED = 'Access from before the restore has ended: ask again for what you need.';

function syncBanner(sync: SyncState): Banner | null {
  switch (sync.kind) {
    case 'synced':
    case 'behind':
      return null;
    case 'stuck':
      return banner(
        'sync',
        'warn',
        'The log cannot be synced',
        `${count(sync.records)} records wait here (${sync.code.replaceAll('_', ' ')}). None is lost; when too many wait, new access waits too.`,
        RETRY_SYNC,
      );
    case 'alarm':
      return alarmBanner(sync.code);
  }
}

function alarmBanner(code: string): Banner {
  const words = code.replaceAll('_', ' ');
  if (code === 'records_lost')
    return banner(
      'sync',
      'bad',
      'The broker lost records that this computer does not have any more',
      'It was put back to a backup that is older than what this computer keeps for such a case: of these records only their hashes are left. Everything else is sent again. No new access until somebody decides; tell your security team. That you went on is recorded.',
      { command: 'accept-ledger', args: null, label: 'Go on without them' },
    );
  if (isLedgerAlarm(code))
    return banner(
      'sync',
      'bad',
      'The broker’s log does not match what was seen before',
      `Records there were changed or taken back (${words}). No new access until somebody decides. Tell your security team before you go on with the broker’s log as it is now; that you did is recorded.`,
      { command: 'accept-ledger', args: null, label: 'Go on with the log as it is now' },
    );
  if (code === 'backlog_full')
    return banner(
      'sync',
      'bad',
      'No new access: too many records wait to be sent',
      'None is lost, and what you have ends and is wiped as always. New access starts again by itself once the log has caught up: connect to the network, or ask whoever runs the broker.',
      RETRY_SYNC,
    );
  if (code === 'log_damaged')
    return banner(
      'sync',
      'bad',
      'The log of this desktop was changed from outside',
      'No new access until that is cleared up. Tell your security team.',
    );
  return banner(
    'sync',
    'bad',
    'The broker does not take the records of this desktop',
    `It refuses them (${words}). None is lost, and no new access until it takes them. Tell your security team if it stays like this.`,
    RETRY_SYNC,
  );
}
