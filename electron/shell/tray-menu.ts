// What the tray's menu says for a state: plain data, no Electron. Words of other people come last and cleaned.
import type { GrantCard, Preset, RequestCard, SnippetKind } from '#shared/contracts/desktop/cards.ts';
import type { DesktopState } from '#shared/contracts/desktop/state.ts';
import { MINUTE_MS, type DurationMs, type EpochMs } from '#shared/domain/time.ts';
import { action, cleanName, note, submenu, type TrayItem } from './tray-item.ts';
import { troubleSection } from './tray-trouble.ts';
import { lengthWords, untilWordsChange } from './words.ts';

export type TrayView = {
  readonly items: readonly TrayItem[];
  readonly toolTip: string;
  /** When a label says something else although nothing changed; null when none does. */
  readonly changesInMs: DurationMs | null;
};

const MAX_PRESETS = 5;
const MAX_GRANTS = 12;
const MAX_WAITING = 5;
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
    action(`${breakGlass ? 'Emergency' : 'Answer'}: ${cleanName(resource.name)} for ${cleanName(requester)}…`, {
      do: 'open',
      route: { screen: 'approvals', requestId },
    }),
  );
  return [...mine.slice(0, MAX_WAITING), ...others];
}

function readyItem({ requestId, phase, resource }: RequestCard): TrayItem {
  return phase === 'ready'
    ? action(`Start now: ${cleanName(resource.name)}`, { do: 'start', requestId })
    : action(`Confirm: ${cleanName(resource.name)}…`, { do: 'show' });
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
