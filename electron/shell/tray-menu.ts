// What the tray's menu says for a state: plain data, no Electron. Words of other people come last and cleaned.
import type { GrantCard, Preset, RequestCard, SnippetKind } from '#shared/contracts/desktop/cards.ts';
import type { DesktopState } from '#shared/contracts/desktop/state.ts';
import type { SinkCard } from '#shared/contracts/desktop/sinks.ts';
import type { Route } from '#shared/contracts/desktop/route.ts';
import { MINUTE_MS, type DurationMs, type EpochMs } from '#shared/domain/time.ts';
import { lengthWords, oneLine, untilWordsChange } from './words.ts';

export type TrayAction =
  | { readonly do: 'open'; readonly route: Route }
  | { readonly do: 'show' }
  | { readonly do: 'quit' }
  | { readonly do: 'end-everything' }
  | { readonly do: 'sign-in' | 'cancel-sign-in' }
  | { readonly do: 'ask'; readonly preset: Preset }
  | { readonly do: 'start'; readonly requestId: string }
  | { readonly do: 'copy-token' | 'extend' | 'done' | 'retry-wipe'; readonly grantId: string }
  | { readonly do: 'copy-snippet'; readonly grantId: string; readonly kind: SnippetKind };

export type TrayItem =
  | { readonly type: 'separator' }
  | { readonly type: 'note'; readonly label: string }
  | { readonly type: 'action'; readonly label: string; readonly action: TrayAction }
  | { readonly type: 'submenu'; readonly label: string; readonly items: readonly TrayItem[] };

export type TrayView = {
  readonly items: readonly TrayItem[];
  readonly toolTip: string;
  /** When a label says something else although nothing changed; null when none does. */
  readonly changesInMs: DurationMs | null;
};

const MAX_PRESETS = 5;
const MAX_GRANTS = 12;
const MAX_WAITING = 5;
const NAME_LENGTH = 40;
const separator: TrayItem = { type: 'separator' };

const SNIPPET_NAMES: Readonly<Record<SnippetKind, string>> = {
  curl: 'curl',
  python: 'Python',
  bash: 'Shell',
  openai: 'OpenAI client',
  node: 'Node.js',
  url: 'Address',
  psql: 'psql',
  sqlalchemy: 'SQLAlchemy',
  dsn: 'Connection string',
};

/** `state` null: still starting. `nowMs` is trusted time. */
export function trayView(state: DesktopState | null, nowMs: EpochMs, locale: string): TrayView {
  if (state === null)
    return { items: [note('Daypass is starting…'), separator, quit], toolTip: 'Daypass', changesInMs: null };
  const sections = [
    troubleSection(state),
    signInSection(state),
    // Signed out, nothing can be asked for; what is held stays usable below.
    state.broker.kind === 'signed_out'
      ? []
      : [
          action('Check out…', { do: 'open', route: { screen: 'form', prefill: null, fromLink: false } }),
          ...presetItems(state, locale),
        ],
    grantSection(state, nowMs, locale),
    waitingSection(state),
    state.grants.length > 0 ? [action('End everything now', { do: 'end-everything' })] : [],
    [action('Open Daypass', { do: 'show' }), action('Settings…', { do: 'open', route: { screen: 'settings' } }), quit],
  ].filter((section) => section.length > 0);
  return {
    items: sections.flatMap((section, index) => (index === 0 ? section : [separator, ...section])),
    toolTip: toolTip(state, nowMs, locale),
    changesInMs: changesIn(state, nowMs),
  };
}

const quit: TrayItem = { type: 'action', label: 'Quit Daypass', action: { do: 'quit' } };

function signInSection({ connection, broker }: DesktopState): readonly TrayItem[] {
  if (connection.kind !== 'team') return [];
  const { signIn } = connection;
  switch (signIn.kind) {
    case 'signed_in':
      return [];
    case 'signed_out':
      return [note(SIGNED_OUT[signIn.why]), action('Sign in…', { do: 'sign-in' })];
    case 'in_browser':
      return [
        note(signIn.fresh ? 'Waiting for you to show that it is you…' : 'Waiting for your sign-in…'),
        action('Cancel the sign-in', { do: 'cancel-sign-in' }),
      ];
    case 'device_code':
      return [action('Show the sign-in code…', { do: 'show' }), action('Cancel the sign-in', { do: 'cancel-sign-in' })];
    case 'failed':
      // Signed in all the same: what failed was a proof, and the window says which.
      return broker.kind === 'signed_out'
        ? [note('The sign-in failed'), action('Sign in…', { do: 'sign-in' })]
        : [action('The sign-in failed…', { do: 'show' })];
  }
}

const SIGNED_OUT = {
  never: 'Not signed in',
  signed_out: 'Signed out',
  expired: 'Your sign-in has run out',
  refused: 'This account may not use the broker',
} as const;

function presetItems({ presets, grants }: DesktopState, locale: string): readonly TrayItem[] {
  const held = new Set(grants.map(({ resource }) => resource.id));
  return presets
    .filter(({ resource, outcome }) => outcome !== 'denied' && !held.has(resource.id))
    .toSorted((one, other) => Number(other.favourite) - Number(one.favourite))
    .slice(0, MAX_PRESETS)
    .map((preset) => action(presetLabel(preset, locale), { do: 'ask', preset }));
}

function presetLabel({ resource, durationMs, favourite, outcome }: Preset, locale: string): string {
  const name = `${favourite ? '★ ' : ''}${cleanName(resource.name)} · ${lengthWords(durationMs, locale)}`;
  // One click checks out only where policy approves; else the form opens, and the dots say so.
  return outcome === 'approved' ? name : `${name}…`;
}

function grantSection({ grants }: DesktopState, nowMs: EpochMs, locale: string): readonly TrayItem[] {
  const soonestFirst = grants.toSorted((one, other) => one.endsAtMs - other.endsAtMs);
  const shown = soonestFirst.slice(0, MAX_GRANTS).map((grant) => grantItem(grant, nowMs, locale));
  const more = soonestFirst.length - shown.length;
  return more > 0 ? [...shown, action(`${new Intl.NumberFormat(locale).format(more)} more…`, { do: 'show' })] : shown;
}

function grantItem(grant: GrantCard, nowMs: EpochMs, locale: string): TrayItem {
  const { grantId } = grant;
  const name = cleanName(grant.resource.name);
  switch (grant.phase) {
    case 'storing':
      return note(`${name} · getting ready…`);
    case 'wiping':
      return note(`${name} · wiping…`);
    case 'wipe_failed':
      return submenu(`${name} · could not be wiped`, [
        action('Try again now', { do: 'retry-wipe', grantId }),
        action('Show…', { do: 'open', route: { screen: 'access', grantId } }),
      ]);
    case 'missing':
      return submenu(`${name} · gone from the keychain`, [
        action('Show…', { do: 'open', route: { screen: 'access', grantId } }),
        action('Done', { do: 'done', grantId }),
      ]);
    case 'active':
    case 'ending':
      return submenu(`${name} · ${leftWords(grant, nowMs, locale)}`, usableItems(grant));
  }
}

function usableItems(grant: GrantCard): readonly TrayItem[] {
  const { grantId, snippets, extension, credentialKind } = grant;
  const copyAs = snippets.map((kind) => action(SNIPPET_NAMES[kind], { do: 'copy-snippet', grantId, kind }));
  return [
    action(credentialKind === 'postgres_login' ? 'Copy password' : 'Copy token', { do: 'copy-token', grantId }),
    ...(copyAs.length > 0 ? [submenu('Copy as', copyAs)] : []),
    extension === null ? action('Extend', { do: 'extend', grantId }) : note('Extension asked for'),
    action('Done', { do: 'done', grantId }),
  ];
}

function waitingSection({ approvals, requests }: DesktopState): readonly TrayItem[] {
  const mine = requests.filter(({ phase }) => phase === 'ready' || phase === 'confirm').map(readyItem);
  const others = approvals.slice(0, MAX_WAITING).map(({ requestId, requester, resource, breakGlass }) =>
    action(
      `${breakGlass ? 'Emergency' : 'Answer'}: ${cleanName(resource.name)} for ${oneLine(requester, NAME_LENGTH)}…`,
      {
        do: 'open',
        route: { screen: 'approvals', requestId },
      },
    ),
  );
  return [...mine.slice(0, MAX_WAITING), ...others];
}

function readyItem({ requestId, phase, resource }: RequestCard): TrayItem {
  return phase === 'ready'
    ? action(`Start now: ${cleanName(resource.name)}`, { do: 'start', requestId })
    : action(`Confirm: ${cleanName(resource.name)}…`, { do: 'show' });
}

function troubleSection(state: DesktopState): readonly TrayItem[] {
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

function toolTip({ grants, approvals, broker }: DesktopState, nowMs: EpochMs, locale: string): string {
  const live = grants.filter(isCounting).toSorted((one, other) => one.endsAtMs - other.endsAtMs);
  const next = live[0];
  const count = new Intl.NumberFormat(locale).format(live.length);
  const parts = [
    'Daypass',
    ...(broker.kind === 'signed_out' ? ['signed out'] : []),
    ...(next === undefined ? [] : [`${count} active, next ${leftWords(next, nowMs, locale)}`]),
    ...(approvals.length > 0 ? [`${new Intl.NumberFormat(locale).format(approvals.length)} waiting for you`] : []),
  ];
  return parts.join(' · ');
}

function isCounting({ phase }: GrantCard): boolean {
  return phase === 'active' || phase === 'ending';
}

function leftWords({ endsAtMs }: GrantCard, nowMs: EpochMs, locale: string): string {
  return endsAtMs <= nowMs ? 'ending' : `${lengthWords(endsAtMs - nowMs, locale)} left`;
}

function changesIn({ grants }: DesktopState, nowMs: EpochMs): DurationMs | null {
  const soonest = Math.min(...grants.filter(isCounting).map(({ endsAtMs }) => untilWordsChange(endsAtMs - nowMs)));
  return Number.isFinite(soonest) ? Math.min(soonest, MINUTE_MS) : null;
}

function cleanName(name: string): string {
  return oneLine(name, NAME_LENGTH);
}

function note(label: string): TrayItem {
  return { type: 'note', label };
}

function action(label: string, does: TrayAction): TrayItem {
  return { type: 'action', label, action: does };
}

function submenu(label: string, items: readonly TrayItem[]): TrayItem {
  return { type: 'submenu', label, items };
}
