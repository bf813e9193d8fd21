// What the review shows: how far back, of which resource, only what is open, and what its lanes are.
import { ChevronDown } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Review } from '#shared/contracts/desktop/oversight.ts';
import { useDesktopState } from '../../desktop.tsx';
import { ActionMenu } from '../../parts/action-menu.tsx';
import { Button } from '../../parts/button.tsx';
import { Icon } from '../../parts/card.tsx';
import { OneOf } from '../../parts/choices.tsx';
import { reviewWords as words } from '../../words/review.ts';
import type { LanesBy } from './review-lanes.ts';
import type { ReviewFilter as Filter, ReviewRange } from './use-review.ts';

const ALL = 'all';

export function ReviewFilterRow(props: {
  readonly filter: Filter;
  readonly by: LanesBy;
  readonly review: Review | null;
  readonly onFilter: (change: Partial<Filter>) => void;
  readonly onBy: (by: LanesBy) => void;
}): ReactNode {
  const { filter, by, onFilter } = props;
  const resources = useResources(props.review);
  const chosen = resources.find(({ id }) => id === filter.resource);
  return (
    <>
      <OneOf
        label={words.range}
        hideLabel
        value={filter.range}
        choices={(['week', 'month', 'quarter'] as const).map((each) => ({ value: each, label: words.ranges[each] }))}
        onChange={(range) => onFilter({ range: range as ReviewRange })}
      />
      <div className="filter-row">
        <ActionMenu
          look="filter"
          name={`${words.resource}: ${chosen?.label ?? words.allResources}`}
          label={<FilterLabel text={chosen?.label ?? words.allResources} />}
          selected={filter.resource ?? ALL}
          entries={[{ id: ALL, label: words.allResources }, ...resources]}
          onAction={(id) => onFilter({ resource: id === ALL ? null : id })}
        />
        <ActionMenu
          look="filter"
          name={`${words.lanes}: ${words.by[by]}`}
          label={<FilterLabel text={words.by[by]} />}
          selected={by}
          entries={(['person', 'resource'] as const).map((each) => ({ id: each, label: words.by[each] }))}
          onAction={(next) => props.onBy(next as LanesBy)}
        />
        <Button look="filter" aria-pressed={filter.onlyOpen} onPress={() => onFilter({ onlyOpen: !filter.onlyOpen })}>
          {words.onlyOpen}
        </Button>
      </div>
    </>
  );
}

function FilterLabel(props: { readonly text: string }): ReactNode {
  return (
    <>
      <span className="filter-text">{props.text}</span>
      <Icon of={ChevronDown} />
    </>
  );
}

/** What the person may choose from: the catalog, and what the review holds besides. */
function useResources(review: Review | null): readonly { readonly id: string; readonly label: string }[] {
  const { catalog } = useDesktopState();
  const names = new Map(catalog.map(({ id, name }) => [id, name]));
  for (const { resource } of review?.accesses ?? []) names.set(resource.id, resource.name);
  return [...names].map(([id, label]) => ({ id, label })).toSorted((a, b) => a.label.localeCompare(b.label));
}
