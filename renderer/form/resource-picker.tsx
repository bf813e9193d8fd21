// The searchable list of what may be asked for. Typing filters it, arrows walk it, Enter takes.
import { Search } from 'lucide-react';
import { Autocomplete, useFilter } from 'react-aria-components/Autocomplete';
import { Input } from 'react-aria-components/Input';
import { Label } from 'react-aria-components/Label';
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox';
import { TextField } from 'react-aria-components/TextField';
import type { ReactNode } from 'react';
import type { CatalogEntry } from '#shared/contracts/desktop/cards.ts';
import { Icon, ResourceIcon, SensitivityChips } from '../parts/card.tsx';
import { Name } from '../parts/said.tsx';
import { formWords as words } from '../words/form.ts';

export function ResourcePicker(props: {
  readonly catalog: readonly CatalogEntry[];
  readonly onPick: (entry: CatalogEntry) => void;
}): ReactNode {
  const { contains } = useFilter({ sensitivity: 'base' });
  const entries = props.catalog.toSorted((a, b) => Number(b.favourite) - Number(a.favourite));
  const pick = (id: string): void => {
    const entry = props.catalog.find((each) => each.id === id);
    if (entry !== undefined) props.onPick(entry);
  };
  return (
    <Autocomplete filter={contains}>
      <TextField className="field search" autoFocus>
        <Label className="label">{words.search}</Label>
        <div className="input-icon">
          <Icon of={Search} />
          <Input className="input" placeholder={words.searchHint} />
        </div>
      </TextField>
      <ListBox
        aria-label={words.search}
        className="picker"
        items={entries}
        onAction={(key) => pick(String(key))}
        renderEmptyState={() => (
          <p className="quiet none">{props.catalog.length === 0 ? words.emptyCatalog : words.nothingFound}</p>
        )}
      >
        {(entry) => (
          <ListBoxItem id={entry.id} textValue={searchText(entry)} className="picker-item">
            <ResourceIcon kind={entry.kind} />
            <span className="grow">
              <span className="title">
                <Name>{entry.name}</Name>
                <SensitivityChips resource={entry} />
              </span>
              <span className="quiet two-lines">{entry.description}</span>
            </span>
          </ListBoxItem>
        )}
      </ListBox>
    </Autocomplete>
  );
}

function searchText(entry: CatalogEntry): string {
  return [entry.name, entry.id, entry.description, ...entry.tags, ...entry.owners].join(' ');
}
