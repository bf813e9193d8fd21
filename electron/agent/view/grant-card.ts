// One credential on this machine as the window shows it: what it opens, until when, and how it stands. Pure.
import type { RequestView } from '#shared/contracts/broker-api.ts';
import type { GrantCard, SnippetKind } from '#shared/contracts/desktop/cards.ts';
import { assertNever } from '#shared/domain/result.ts';
import type { DurationMs, EpochMs } from '#shared/domain/time.ts';
import { cleanLine } from '../clean-text.ts';
import type { CatalogResource } from '../session/book.ts';
import { DATABASE_SNIPPETS } from '../snippets/database-snippets.ts';
import { snippetKinds } from '../snippets/snippets.ts';
import type { LocalCopy } from '../vault/vault.ts';
import { resourceCard } from './resource-card.ts';

export type GrantHere = {
  readonly nowMs: EpochMs;
  readonly entry: CatalogResource | undefined;
  /** The request that it came from, while the broker still shows it. */
  readonly request: RequestView | undefined;
  /** Lengths before the end, longest first. */
  readonly warnBefore: readonly DurationMs[];
  readonly extension: GrantCard['extension'];
};

export function grantPhase(
  copy: LocalCopy,
  { nowMs, warnBefore }: Pick<GrantHere, 'nowMs' | 'warnBefore'>,
): GrantCard['phase'] | null {
  const { issued } = copy;
  if (issued === null) return null;
  switch (copy.state) {
    case 'intended':
      return 'storing';
    case 'stored':
      return issued.endsAtMs - nowMs <= (warnBefore[0] ?? 0) ? 'ending' : 'active';
    case 'wiping':
    case 'wipe_failed':
    case 'missing':
      return copy.state;
    case 'abandoned':
    case 'wiped':
      return null;
    default:
      return assertNever(copy.state);
  }
}

/** Null while nothing was issued, and when it is gone. */
export function grantCard(copy: LocalCopy, here: GrantHere): GrantCard | null {
  const phase = grantPhase(copy, here);
  const { issued } = copy;
  if (phase === null || issued === null) return null;
  const usable = phase === 'active' || phase === 'ending';
  return {
    grantId: issued.grantId,
    requestId: copy.requestId,
    resource: resourceCard(copy.resource, here.entry, here.request?.resource),
    actions: [...issued.actions],
    purpose: cleanLine(here.request?.purpose ?? ''),
    startsAtMs: issued.startsAtMs,
    endsAtMs: issued.endsAtMs,
    phase,
    heldIn: copy.heldIn,
    endsWithOperation: issued.endsWithOperation,
    warnAtMs: here.warnBefore.map((beforeMs) => issued.endsAtMs - beforeMs),
    clipboardUntilMs: copy.clipboardUntilMs,
    snippets: usable ? [...snippetsOf(copy.resource, issued)] : [],
    url: issued.url,
    revokeClass: here.entry?.revokeClass ?? here.request?.revokeClass ?? { kind: 'expiry_only' },
    extension: here.extension,
    credentialKind: issued.target === null ? 'bearer_token' : 'postgres_login',
    breakGlass: here.request?.breakGlass ?? false,
    problem: problemOf(copy),
  };
}

export function snippetsOf(resource: string, issued: NonNullable<LocalCopy['issued']>): readonly SnippetKind[] {
  if (issued.target !== null) return DATABASE_SNIPPETS;
  return issued.url === null ? [] : snippetKinds(resource, issued.actions);
}

function problemOf(copy: LocalCopy): string | null {
  if (copy.state === 'missing') return 'missing';
  return copy.wipe?.problem == null ? null : `keychain_${copy.wipe.problem}`;
}
