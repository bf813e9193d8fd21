// What a line of the tray's menu is: plain data, no Electron.
import type { Preset, SnippetKind } from '#shared/contracts/desktop/cards.ts';
import type { Route } from '#shared/contracts/desktop/route.ts';
import { oneLine } from './words.ts';

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

const NAME_LENGTH = 40;

/** A name that others gave, fit for a label. */
export function cleanName(name: string): string {
  return oneLine(name, NAME_LENGTH);
}

export function note(label: string): TrayItem {
  return { type: 'note', label };
}

export function action(label: string, does: TrayAction): TrayItem {
  return { type: 'action', label, action: does };
}

export function submenu(label: string, items: readonly TrayItem[]): TrayItem {
  return { type: 'submenu', label, items };
}
