// A resource and the catalog as the window shows them. Names and descriptions are somebody else's words.
import type { CatalogEntry, ResourceCard } from '#shared/contracts/desktop/cards.ts';
import { cleanLine, cleanText } from '../clean-text.ts';
import { lengthOf } from '../grants/warning-points.ts';
import type { CatalogResource } from '../session/book.ts';

/** `fallbackName`: what the resource was called when it was asked for; the catalog may not have it any more. */
export function resourceCard(
  id: string,
  entry: CatalogResource | undefined,
  fallback: { readonly name: string; readonly sensitivity: ResourceCard['sensitivity'] } = {
    name: id,
    sensitivity: null,
  },
): ResourceCard {
  return {
    id,
    kind: id.startsWith('model:') ? 'model' : 'dataset',
    name: cleanLine(entry?.name ?? fallback.name),
    sensitivity: entry?.sensitivity ?? fallback.sensitivity,
    tags: [...(entry?.tags ?? [])],
  };
}

export function catalogEntry(entry: CatalogResource, favourite: boolean): CatalogEntry {
  return {
    ...resourceCard(entry.id, entry),
    description: cleanText(entry.description),
    licence: entry.licence === null ? null : cleanLine(entry.licence),
    owners: entry.owners.map((owner) => cleanLine(owner)),
    actions: [...entry.actions],
    maxDurationMs: lengthOf(entry.maxDuration),
    breakGlassMs: entry.breakGlass === null ? null : lengthOf(entry.breakGlass.maxDuration),
    revokeClass: entry.revokeClass,
    favourite,
  };
}
