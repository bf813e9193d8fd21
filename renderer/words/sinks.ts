// Words of where the log goes: what stands where, what holds it up, and what a person can do about it.
import { isLedgerAlarm } from '#shared/contracts/desktop/ledger-alarms.ts';
import type { HistoryFact } from '#shared/contracts/desktop/history.ts';
import type { SinkCard, SinkTested } from '#shared/contracts/desktop/sinks.ts';
import type { SyncState } from '#shared/contracts/desktop/state.ts';
import type { SinkKind } from '#shared/contracts/sinks.ts';
import { count, listAll } from '../format.ts';
import type { Tone } from '../parts/card.tsx';

export const sinkWords = {
  title: 'Where the log goes',
  ledger: 'The broker’s log',
  ledgerTeam: 'Your team’s broker',
  ledgerHere: 'On this machine',
  intro: 'Every record goes to the broker. It can go to other places too, such as the systems of your security team.',
  allTaken: 'Has every record',
  sending: 'Being sent · last taken',
  sendingFirst: 'Being sent for the first time.',
  nothingYet: 'Nothing was sent yet.',
  add: 'Add a place…',
  addTitle: 'Send the log there too',
  addDo: 'Add',
  kind: 'Kind',
  kinds: { otlp: 'Collector', webhook: 'Webhook', file: 'File' },
  kindHints: {
    otlp: 'OpenTelemetry logs over HTTPS: a collector passes them on to Splunk, Elastic, syslog or S3.',
    webhook: 'Signed HTTPS deliveries, as Standard Webhooks has them.',
    file: 'One line a record. A file that has grown large is put aside; the last ten are kept.',
  },
  name: 'Name',
  nameHint: 'For this window and for records about it.',
  nameWrong: 'Lower-case letters, digits, - and _, a letter first, 31 at most.',
  nameTaken: 'There is one of this name already.',
  url: 'Address',
  urlWrong: 'An https address without a query, such as https://logs.example.org/v1/logs.',
  urlPlain: 'Must be https: anybody on the way could read it.',
  header: 'Header',
  headerWrong: 'The name of a header: letters, digits and -.',
  headerValue: 'Its value, if the collector wants one',
  headerValueOf: 'Value of its header',
  headerValueHint: 'Such as “Bearer …”. It goes into your keychain and is never shown again.',
  headerValueWrong: 'Printable characters in one line.',
  secret: 'Secret',
  secretHint: 'From whoever runs the receiver. It goes into your keychain and is never shown again.',
  secretWrong: 'whsec_ and 24 to 64 bytes in base64.',
  secretMissing: 'Needed: it signs each delivery.',
  secretEmpty: 'Type or paste it.',
  secretChanged: (name: string): string => `${name} has a new secret`,
  folder: 'Folder',
  folderNone: 'None chosen',
  folderChoose: 'Choose…',
  folderMissing: 'Choose a folder first.',
  folderHint: (name: string): string => `The file will be daypass-${name}.jsonl.`,
  sent: 'What is sent',
  sentBody:
    'The records of this desktop as they are, from the first one on: who by pseudonym, what, and when. No token, no secret and no words of people are in them. What was sent is kept there by its rules, not by ours.',
  test: 'Send a test record',
  again: 'Send again',
  tryNow: 'Try now',
  syncNow: 'Sync now',
  more: (name: string): string => `More for ${name}`,
  newSecret: 'New secret…',
  newSecretTitle: (name: string): string => `A new secret for ${name}`,
  newSecretDo: 'Use this secret',
  remove: 'Remove…',
  removeTitle: (name: string): string => `Stop sending the log to ${name}?`,
  removeBody: 'What it has stays there. Its secret is deleted from your keychain. That you did it is on record.',
  removeDo: 'Remove',
  removed: (name: string): string => `${name} removed`,
  added: (name: string): string => `${name} added`,
  resent: (records: number): string => (records === 1 ? '1 record was taken' : `${count(records)} records were taken`),
  managed: 'Set by your organisation. You cannot change it here.',
  needsLook: 'the log needs a look',
  stuckTitle: (names: readonly string[]): string => `The log does not reach ${listAll(names)}`,
  stuckBody: 'Nothing is lost: what waits is kept here and sent again.',
  look: 'Look at it',
} as const;

type Why = { readonly why: string; readonly todo: string };

const WHYS: Readonly<Record<string, Why>> = {
  unreachable: { why: 'nothing answers at its address', todo: 'It is tried again by itself.' },
  timed_out: { why: 'it did not answer in time', todo: 'It is tried again by itself.' },
  tls_failed: {
    why: 'it could not prove who it is',
    todo: 'Tell whoever runs it: its certificate is not trusted here.',
  },
  redirected: { why: 'it points elsewhere, which is never followed', todo: 'Add it again with its final address.' },
  unauthorized: { why: 'it refused the secret', todo: 'Give it a new one.' },
  not_found: { why: 'nothing takes records at this address', todo: 'Look at the path of the address.' },
  rate_limited: { why: 'it asked for a pause', todo: 'It is tried again by itself.' },
  unavailable: { why: 'it is not ready', todo: 'It is tried again by itself.' },
  refused: { why: 'it refuses what is sent', todo: 'Look whether its address is right, or tell whoever runs it.' },
  rejected: { why: 'it rejected what was sent', todo: 'Tell whoever runs it.' },
  bad_answer: { why: 'what answers is no receiver of logs', todo: 'Look at the address.' },
  no_secret: { why: 'its secret is not there', todo: 'Give it a new one.' },
  bad_secret: { why: 'its secret is none of its kind', todo: 'Give it a new one.' },
  disk_full: { why: 'the disk is full', todo: 'Free some space.' },
  not_writable: { why: 'the file cannot be written', todo: 'Look at the folder and who may write there.' },
  secret_locked: { why: 'its secret is in your keychain, which is locked', todo: 'Unlock it, then try now.' },
  secret_none: {
    why: 'its secret was held in memory only, since this machine has no keychain, and went when Daypass quit',
    todo: 'Give it a new one.',
  },
  secret_gone: { why: 'its secret is not in your keychain any more', todo: 'Give it a new one.' },
  secret_failed: { why: 'the keychain that has its secret does not answer', todo: 'It is tried again by itself.' },
  secret_file: { why: 'the file with its secret cannot be used', todo: 'Tell your administrator.' },
};

/** Why it does not go on, and what to do; what this version has no words for, by its code. */
export function whyWords(code: string): Why {
  const known = Object.hasOwn(WHYS, code) ? WHYS[code] : undefined;
  return known ?? { why: `it failed (${code.replaceAll('_', ' ')})`, todo: 'It is tried again by itself.' };
}

/** Of the organisation's, a person can do nothing but tell. */
export function todoWords({ managed }: Pick<SinkCard, 'managed'>, code: string): string {
  const { todo } = whyWords(code);
  const isMine = todo.startsWith('It is tried') || code === 'secret_file' || code === 'disk_full';
  return managed && !isMine ? 'Tell your administrator.' : todo;
}

/** Whether another secret may help. */
export function wantsSecret({ hasSecret, managed, state }: SinkCard): boolean {
  if (!hasSecret || managed || state.kind !== 'stuck') return false;
  return ['unauthorized', 'no_secret', 'bad_secret', 'secret_none', 'secret_gone'].includes(state.code);
}

export function testedWords(card: Pick<SinkCard, 'managed'>, { result, code }: SinkTested): string {
  if (result === 'accepted') return 'Sent and accepted.';
  const shown = code ?? 'unknown';
  return `Not accepted: ${whyWords(shown).why}. ${todoWords(card, shown)}`;
}

export function waitingWords(records: number): string {
  if (records === 0) return 'Nothing waits.';
  return records === 1 ? '1 record waits; none is lost.' : `${count(records)} records wait; none is lost.`;
}

export function deadWords(records: number): string {
  return records === 1
    ? '1 record was refused for good. It stays in the log here.'
    : `${count(records)} records were refused for good. They stay in the log here.`;
}

export const kindName = (kind: SinkKind): string => sinkWords.kinds[kind];

export type Standing = { readonly tone: Tone; readonly chip: string };

export function sinkStanding({ state, needsLook }: Pick<SinkCard, 'state' | 'needsLook'>): Standing {
  switch (state.kind) {
    case 'synced':
      return needsLook ? { tone: 'warn', chip: 'refused some' } : { tone: 'ok', chip: 'synced' };
    case 'behind':
      return { tone: 'plain', chip: `${count(state.records)} behind` };
    case 'stuck':
      return { tone: needsLook ? 'bad' : 'warn', chip: 'stuck' };
  }
}

export function ledgerStanding(sync: SyncState): Standing {
  switch (sync.kind) {
    case 'synced':
      return { tone: 'ok', chip: 'synced' };
    case 'behind':
      return { tone: 'plain', chip: `${count(sync.records)} behind` };
    case 'stuck':
      return { tone: 'warn', chip: 'stuck' };
    case 'alarm':
      return { tone: 'bad', chip: 'alarm' };
  }
}

const SYNC_WHYS: Readonly<Record<string, string>> = {
  no_device_key: 'the device key is in your keychain, which does not give it',
  nobody_signed_in: 'nobody is signed in',
  unreachable: 'the broker cannot be reached',
  offline: 'the broker cannot be reached',
  unavailable: 'the broker is not ready',
  rate_limited: 'the broker asked for a pause',
  ledger_behind: 'the broker is still catching up',
  log_damaged: 'the log of this desktop was changed from outside',
};

/** What holds up the way to the broker; null while nothing does. */
export function ledgerWhy(sync: SyncState): string | null {
  if (sync.kind !== 'stuck' && sync.kind !== 'alarm') return null;
  const told = Object.hasOwn(SYNC_WHYS, sync.code) ? SYNC_WHYS[sync.code] : undefined;
  const why = told ?? (isLedgerAlarm(sync.code) ? 'the broker’s log is not the one that was seen before' : null);
  const text = why ?? `the broker does not take it (${sync.code.replaceAll('_', ' ')})`;
  return sync.kind === 'stuck' ? `Stuck: ${text}. ${waitingWords(sync.records)}` : `Alarm: ${text}. Look above.`;
}

/** The second line of a record about a place that the log goes to. */
export function sinkFactDetail({ name, host, by, code, records }: HistoryFact['details']): string {
  return [
    typeof name === 'string' ? name : null,
    typeof host === 'string' ? host : null,
    typeof records === 'number' ? (records === 1 ? '1 record' : `${count(records)} records`) : null,
    typeof code === 'string' ? whyWords(code).why : null,
    by === 'organisation' ? 'by your organisation' : null,
  ]
    .filter((part) => part !== null)
    .join(' · ');
}
