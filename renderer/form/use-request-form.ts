// The life of one form: the draft, what policy says to it, and the one attempt to ask.
import { useMemo, useState } from 'react';
import type { CommandProblem, Preview } from '#shared/contracts/desktop/commands.ts';
import type { CatalogEntry } from '#shared/contracts/desktop/cards.ts';
import { newAttempt } from '../attempt.ts';
import { nowMs } from '../clock.ts';
import { useDesktopState } from '../desktop.tsx';
import { useNavigation } from '../navigation.tsx';
import { useCommand } from '../parts/use-command.ts';
import type { FormPlace } from '../route.ts';
import { draftFor, draftFrom, EMPTY, mostMs, wishOf, type Draft } from './draft.ts';
import { usePreview, type PreviewState } from './use-preview.ts';

const INCIDENT = 'incident';

export type RequestForm = {
  readonly draft: Draft;
  readonly entry: CatalogEntry | null;
  readonly preview: PreviewState;
  /** The reason is still the words of a link, not the person's own. */
  readonly linkWords: boolean;
  /** Policy would ask people, so they will want to know why. */
  readonly needsPeople: boolean;
  /** The outcome for the wish exactly as it stands; null while that is not known. */
  readonly outcome: Preview['outcome'] | null;
  readonly canAsk: boolean;
  readonly asking: boolean;
  readonly problem: CommandProblem | null;
  /** Policy refused this very wish when it was asked. */
  readonly wasDenied: boolean;
  readonly pick: (entry: CatalogEntry) => void;
  readonly unpick: () => void;
  readonly change: (change: Partial<Draft>) => void;
  /** Makes it an emergency: shorter, at once. Nothing is sent. */
  readonly beginEmergency: () => void;
  readonly ask: () => Promise<void>;
};

/** Takes where the form was opened from. Nothing is sent before the person asks, except previews. */
export function useRequestForm(place: FormPlace): RequestForm {
  const state = useDesktopState();
  const { go } = useNavigation();
  const command = useCommand();
  const [draft, setDraft] = useState(() => draftFrom(place.prefill, place.extendsGrant, state));
  const named = place.prefill?.resource ?? null;
  const isKnown = named === null || state.catalog.some(({ id }) => id === named);
  // A link may start the app: then the form is there before the catalog is.
  const [waits, setWaits] = useState(!isKnown);
  if (waits && isKnown) {
    setWaits(false);
    if (draft.resource === null) setDraft(draftFrom(place.prefill, place.extendsGrant, state));
  }
  const entry = state.catalog.find((each) => each.id === draft.resource) ?? null;
  const wish = entry === null ? null : wishOf(draft, mostMs(draft, entry), nowMs());
  const preview = usePreview(wish, state.broker.kind);
  // The same wish under the same attempt is asked once, however often it is sent.
  const text = JSON.stringify(wish);
  const attempt = useMemo(() => ({ text, id: newAttempt() }), [text]);
  // What was asked last, and refused if it was: another wish is another matter.
  const [asked, setAsked] = useState<{ readonly text: string; readonly denied: boolean } | null>(null);
  const outcome = preview.kind === 'told' ? preview.preview.outcome : null;
  const wasDenied = asked?.text === text && asked.denied;
  return {
    draft,
    entry,
    preview,
    linkWords:
      place.fromLink && draft.justification !== '' && draft.justification === (place.prefill?.justification ?? ''),
    needsPeople:
      outcome === 'needs_approval' || (preview.kind === 'asking' && preview.last?.outcome === 'needs_approval'),
    outcome,
    canAsk: wish !== null && outcome !== 'denied' && !wasDenied && state.broker.kind === 'ready' && !command.running,
    asking: command.running,
    problem: asked?.text === text ? command.problem : null,
    wasDenied,
    pick: (picked) => setDraft({ ...draftFor(picked, state), justification: draft.justification }),
    unpick: () => setDraft({ ...EMPTY, justification: draft.justification }),
    change: (change) => setDraft((before) => ({ ...before, ...change })),
    beginEmergency: () =>
      setDraft((before) => ({
        ...before,
        breakGlass: true,
        purpose: INCIDENT,
        startAtMs: null,
        durationMs: Math.min(before.durationMs, entry?.breakGlassMs ?? before.durationMs),
      })),
    ask: async () => {
      if (wish === null) return;
      setAsked({ text, denied: false });
      const answer = await command.run('ask', { wish, attempt: attempt.id });
      if (!answer.ok) return;
      if (answer.value.state === 'denied') setAsked({ text, denied: true });
      else go({ go: 'back' });
    },
  };
}
