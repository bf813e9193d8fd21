// The head of a place that the log goes to: what it is, where, and how it stands.
import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Chip, Icon } from '../parts/card.tsx';
import { Name } from '../parts/said.tsx';
import type { Standing } from '../words/sinks.ts';

export function PlaceHead(props: {
  readonly icon: LucideIcon;
  readonly name: string;
  readonly kind: string;
  readonly target: string | null;
  readonly standing: Standing;
}): ReactNode {
  const { standing, target } = props;
  return (
    <>
      <div className="row top place-head">
        <Icon of={props.icon} className="place-icon" />
        <div className="grow title">
          <Name>{props.name}</Name>
        </div>
        <Chip tone={standing.tone}>{standing.chip}</Chip>
      </div>
      <p className="quiet place-target">
        {props.kind}
        {target !== null && (
          <>
            {' · '}
            <bdi>{target}</bdi>
          </>
        )}
      </p>
    </>
  );
}
