// The searchable list of what may be asked for. Typing filters it, arrows walk it, Enter takes. The focus stays in the
// field; which entry the list stands at is said by `aria-activedescendant`.
import { Search } from 'lucide-react';
import { useFilter } from 'react-aria-components/Autocomplete';
import { useEffect, useId, useState, type KeyboardEvent, type ReactNode } from 'react';
import type { CatalogEntry } from '#shared/contracts/desktop/cards.ts';
import { Icon, ResourceIcon, SensitivityChips } from '../parts/card.tsx';
import { Name } from '../parts/said.tsx';
import { formWords as words } from '../words/form.ts';

const PAGE = 6;
/** A reader speaks the letter that was typed; where the list stands comes after that. */
const AFTER_THE_LETTER_MS = 500;

type Standing = { readonly at: string | null; readonly typing: boolean };
const NOWHERE: Standing = { at: null, typing: false };

export function ResourcePicker(props: {
  readonly catalog: readonly CatalogEntry[];
  readonly onPick: (entry: CatalogEntry) => void;
}): ReactNode {
  const { catalog, onPick } = props;
  const { contains } = useFilter({ sensitivity: 'base' });
  const [typed, setTyped] = useState('');
  const [{ at, typing }, stand] = useState(NOWHERE);
  const id = useId();
  const matching = (text: string): readonly CatalogEntry[] =>
    catalog
      .filter((entry) => contains(searchText(entry), text))
      .toSorted((a, b) => Number(b.favourite) - Number(a.favourite));
  const entries = matching(typed);
  const index = entries.findIndex((entry) => entry.id === at);
  const current = entries[index];
  const told = useTold(current === undefined ? undefined : id + current.id, typing);

  const press = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Enter' && current !== undefined) return onPick(current);
    const next = nextIndex(event, index, entries.length);
    if (next === null) return;
    event.preventDefault();
    stand({ at: entries[next]?.id ?? null, typing: false });
  };
  const type = (text: string, event: Event): void => {
    // Who writes on means the first that fits; who deletes or pastes looks around.
    const writes = event instanceof InputEvent && /^insert(?:Text|Comp|FromComp)/.test(event.inputType);
    setTyped(text);
    stand(writes ? { at: matching(text)[0]?.id ?? null, typing: true } : NOWHERE);
  };
  return (
    <>
      <div className="field search">
        <label htmlFor={id} className="label">
          {words.search}
        </label>
        <div className="input-icon">
          <Icon of={Search} />
          <input
            id={id}
            className="input"
            autoFocus
            autoComplete="off"
            spellCheck={false}
            placeholder={words.searchHint}
            aria-autocomplete="list"
            aria-controls={`${id}list`}
            aria-activedescendant={told}
            value={typed}
            onKeyDown={press}
            onChange={({ target, nativeEvent }) => type(target.value, nativeEvent)}
          />
        </div>
      </div>
      <div
        id={`${id}list`}
        className="picker"
        {...(entries.length > 0 && { role: 'listbox', 'aria-label': words.search })}
      >
        {entries.map((entry) => (
          <Option key={entry.id} id={id + entry.id} entry={entry} isCurrent={entry === current} onPick={onPick} />
        ))}
        {entries.length === 0 && (
          <p className="quiet none" role="status">
            {catalog.length === 0 ? words.emptyCatalog : words.nothingFound}
          </p>
        )}
      </div>
    </>
  );
}

function Option(props: {
  readonly id: string;
  readonly entry: CatalogEntry;
  readonly isCurrent: boolean;
  readonly onPick: (entry: CatalogEntry) => void;
}): ReactNode {
  const { id, entry, isCurrent } = props;
  return (
    // The keys are the field's: nothing here ever has the focus.
    <div
      id={id}
      role="option"
      aria-selected={isCurrent}
      className="picker-item"
      onMouseDown={(event) => event.preventDefault()}
      onClick={() => props.onPick(entry)}
    >
      <ResourceIcon kind={entry.kind} />
      <span className="grow">
        <span className="title">
          <Name>{entry.name}</Name>
          <SensitivityChips resource={entry} />
        </span>
        <span className="quiet two-lines">{entry.description}</span>
      </span>
    </div>
  );
}

/** Shows where the list stands at once, and gives what readers are to be told of it, when they are. */
function useTold(current: string | undefined, typing: boolean): string | undefined {
  const [told, setTold] = useState<string>();
  useEffect(() => {
    if (current !== undefined) document.getElementById(current)?.scrollIntoView({ block: 'nearest' });
    const timer = setTimeout(() => setTold(current), typing ? AFTER_THE_LETTER_MS : 0);
    return () => clearTimeout(timer);
  }, [current, typing]);
  return told === current ? told : undefined;
}

/** Where a key leads from `index` (-1: nowhere yet) among so many; null: it is no key of the list. */
function nextIndex({ key, shiftKey }: KeyboardEvent, index: number, count: number): number | null {
  const within = (wanted: number): number => Math.max(0, Math.min(wanted, count - 1));
  if (shiftKey) return null;
  switch (key) {
    case 'ArrowDown':
      return within(index + 1);
    case 'ArrowUp':
      return within(index < 0 ? count : index - 1);
    case 'PageDown':
      return within(index + PAGE);
    case 'PageUp':
      return within(index - PAGE);
    case 'Home':
      return 0;
    case 'End':
      return within(count);
    default:
      return null;
  }
}

function searchText(entry: CatalogEntry): string {
  return [entry.name, entry.id, entry.description, ...entry.tags, ...entry.owners].join(' ');
}
