// Words of the History screen: each kind of record as a person says it.
import type { HistoryFact } from '#shared/contracts/desktop/history.ts';
import type { Verification } from '#shared/contracts/desktop/state.ts';
import { byteCount, count, length } from '../format.ts';
import { actionName, capital } from './common.ts';
import { sinkFactDetail } from './sinks.ts';

export const historyWords = {
  changeKey: 'Change key',
  changeKeyTitle: 'Change this computer’s key?',
  changeKeyBody:
    'A new key signs from now on, and the old one is deleted. Access that runs goes on. Collect or withdraw open requests first.',
  keyChanged: 'The key was changed. The broker has it on record, signed by both.',
  timeline: 'Timeline',
  happened: 'What happened',
  range: 'Show',
  ranges: { day: 'Today', week: '7 days', month: '30 days' },
  nothing: 'Nothing happened in this time.',
  noSpans: 'No access in this time.',
  more: 'Older records are in the export.',
  now: 'Now',
  verifyNow: 'Verify now',
  verified: 'checked',
  firstVerified: (records: number): string => `the first ${count(records)} checked`,
  pruned: (records: number): string => `${count(records)} of them pruned to their hashes`,
  notCosigned: 'nobody has cosigned it yet',
  selfAttested: 'self-attested: nobody else has seen it',
  export: 'Export…',
  exported: (records: number, folder: string): string => `${count(records)} records written to ${folder}`,
  spanList: 'The same as a list',
  live: 'still active',
  loading: 'Reading the log…',
  timelineName: 'Access over time, one line for each resource',
} as const;

const KINDS: Readonly<Record<string, string>> = {
  'app.started': 'Daypass started',
  'app.stopped': 'Daypass stopped',
  'broker.started': 'Broker started',
  'broker.stopped': 'Broker stopped',
  'config.changed': 'Configuration changed',
  'config.refused': 'Configuration refused, the old one stays',
  'key.published': 'Signing key published',
  'key.retired': 'Signing key retired',
  'device.enrolled': 'This device was enrolled',
  'device.key_changed': 'The device key was changed, signed by both',
  'log.key_handed_over': 'The log ends for a new device key',
  'log.key_taken_over': 'The log goes on under a new device key',
  'log.key_kept': 'The device key was kept',
  'identity.chosen': 'Person chosen',
  'broker.connected': 'This broker is used',
  'broker.left': 'Went to another broker',
  'sign_in.made': 'Signed in',
  'sign_in.ended': 'Sign-in ended',
  'settings.changed': 'Settings changed',
  'request.submitted': 'Asked',
  'request.decided': 'Policy decided',
  'request.approved': 'Approved',
  'request.closed': 'Request closed',
  'request.self_confirmed': 'Confirmed by yourself',
  'approval.answered': 'Answered',
  'approval.refused': 'Answer refused',
  'grant.issued': 'Granted',
  'grant.reissued': 'Token replaced',
  'grant.revoking': 'Revoking',
  'grant.revoke_failed': 'Revoke failed, tried again',
  'grant.ended': 'Ended',
  'credential.revoked': 'Token revoked',
  'use.started': 'Used',
  'use.finished': 'Use finished',
  'use.interrupted': 'Use cut off',
  'use.refused': 'Use refused',
  'copy.intended': 'Check-out started',
  'copy.stored': 'Token in the keychain',
  'copy.abandoned': 'Check-out undone',
  'copy.missing': 'Token missing from the keychain',
  'clipboard.copied': 'Token copied',
  'clipboard.cleared': 'Clipboard cleared',
  'clipboard.clear_failed': 'Clipboard could not be cleared',
  'wipe.started': 'Wiping',
  'wipe.done': 'Wiped',
  'wipe.failed': 'Wipe failed, tried again',
  'clock.jumped': 'The clock jumped',
  'keychain.unavailable': 'Keychain unavailable',
  'checkpoint.regressed': 'The broker’s log is not the one that it was',
  'ledger.heartbeat': 'Nothing happened, the broker’s log is written',
  'log.heartbeat': 'Nothing happened, the log is written',
  'audit.pruned': 'Old records of devices pruned',
  'log.pruned': 'Old records of this log pruned',
  'log.records_lost': 'Pruned records lost at the broker',
  'checkpoint.key_rotated': 'The broker’s log goes on under a new key, signed by both',
  'ledger.key_rotated': 'The broker’s log got a new key',
  'checkpoint.restored': 'The broker’s log restored from a backup',
  'checkpoint.restore_read': 'The restore of the broker’s log read',
  'checkpoint.accepted': 'The broker’s log accepted as it is',
  'sync.refused': 'The broker refused records',
  'sink.configured': 'Where the broker’s log goes was set',
  'sink.dead_lettered': 'Records of the broker’s log refused for good',
  'sink.test_sent': 'A test record of the broker sent',
  'sink.dead_letters_resent': 'Refused records of the broker sent again',
  'sink.added': 'The log goes to one more place',
  'sink.removed': 'The log goes to one place less',
  'sink.changed': 'A place that the log goes to was changed',
  'sink.tested': 'A test record sent',
  'sink.dead_letters': 'Records of the log refused for good',
  'sink.resent': 'Refused records sent again',
  'audit.epoch_opened': 'A device’s log goes on in a new part',
  'audit.forked': 'A device’s log was rewritten',
  'epoch.opened': 'The log goes on in a new part',
};

const REASONS: Readonly<Record<string, string>> = {
  expired: 'time was up',
  released: 'you said Done',
  revoked: 'revoked',
  replaced: 'replaced by an extension',
  activation_failed: 'could not be started',
  subject_disabled: 'person disabled',
  subject_unproven: 'no new sign-in in time',
  operation_done: 'its one use is over',
  ended_everything: 'you ended everything',
  signed_out: 'signed out',
  locked: 'session locked',
  quit: 'app quit',
  overdue: 'overdue at start',
  unknown_copy: 'no grant for it',
};

const OUTCOMES: Readonly<Record<string, string>> = {
  approved: 'granted at once',
  needs_approval: 'people must approve',
  needs_confirmation: 'you must confirm',
  denied: 'refused',
  approve: 'approved',
  reject: 'rejected',
};

export function factTitle(fact: HistoryFact, resourceName: string | null): string {
  const what = (Object.hasOwn(KINDS, fact.kind) ? KINDS[fact.kind] : undefined) ?? plain(fact.kind);
  return resourceName === null ? what : `${what} · ${resourceName}`;
}

/** The second line of a fact, from what the record says; empty when it says no more. */
export function factDetail(fact: HistoryFact): string {
  if (fact.kind.startsWith('sink.')) return sinkFactDetail(fact.details);
  const parts: string[] = [];
  for (const [name, value] of Object.entries(fact.details)) {
    const words = detailWords(name, value);
    if (words !== null) parts.push(words);
  }
  return parts.join(' · ');
}

type Value = HistoryFact['details'][string];

function detailWords(name: string, value: Value): string | null {
  if (value === null || value === '' || value === false) return null;
  if (typeof value === 'number') return figureWords(name, value);
  const text = String(value);
  switch (name) {
    case 'reason':
      return (Object.hasOwn(REASONS, text) ? REASONS[text] : undefined) ?? `“${text}”`;
    case 'outcome':
    case 'answer':
      return (Object.hasOwn(OUTCOMES, text) ? OUTCOMES[text] : undefined) ?? text;
    case 'held':
      return text === 'ours' ? 'it still held the token' : 'it held something else, which was left';
    case 'actions':
      return text.split(',').map(actionName).join(', ');
    case 'by':
    case 'name':
      return `by ${text}`;
    case 'checked':
      return 'checked: it is gone';
    case 'masked':
      return 'personal columns masked';
    case 'credential':
    case 'collectId':
    case 'useId':
    case 'scopeHash':
    case 'policyHash':
    case 'device':
      return null;
    default:
      return value === true ? plain(name).toLowerCase() : text;
  }
}

function figureWords(name: string, value: number): string | null {
  if (name === 'lagMs') return `after ${length(value)}`;
  if (name === 'tookMs') return `in ${length(value)}`;
  if (name === 'byMs') return `by ${length(Math.abs(value))}`;
  if (name === 'bytesOut') return byteCount(value);
  if (name === 'bytesIn' || name.endsWith('AtMs')) return null;
  if (name.endsWith('Ms')) return length(value);
  if (name === 'status') return `status ${value}`;
  return `${plain(name).toLowerCase()} ${count(value)}`;
}

/** `gateway.cut_off` and `endedGrants` as words. */
function plain(name: string): string {
  return capital(name.replaceAll(/([a-z])([A-Z])/g, '$1 $2').replaceAll(/[._-]+/g, ' '));
}

export function verificationTitle(result: Verification['result']): string {
  switch (result) {
    case 'verified':
      return 'Log verified';
    case 'outdated':
      return 'Log not verified lately';
    case 'failed':
      return 'The log does not verify';
    case 'not_yet':
      return 'Log not verified yet';
  }
}

export function failureLine(verification: Verification): string {
  const code = verification.code === null ? '' : ` (${verification.code.replaceAll('_', ' ')})`;
  return `Somebody or something changed the records of this machine${code}. Export them and tell your security team.`;
}

export const endWords = (reason: string | null): string =>
  reason === null
    ? historyWords.live
    : ((Object.hasOwn(REASONS, reason) ? REASONS[reason] : undefined) ?? plain(reason));
