// Cards, headings and the small labels that stand on them.
import { Box, Clock3, Database, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import type { ResourceCard } from '#shared/contracts/desktop/cards.ts';

export const ICON_SIZE = '1.25em';

export function Section(props: {
  readonly id: string;
  readonly title: string;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <section aria-labelledby={props.id} className="section">
      <div className="section-head">
        <h2 id={props.id}>{props.title}</h2>
        {props.aside}
      </div>
      {props.children}
    </section>
  );
}

export function ResourceIcon(props: { readonly kind: ResourceCard['kind'] }): ReactNode {
  const Icon = props.kind === 'dataset' ? Database : Box;
  return <Icon size={ICON_SIZE} aria-hidden="true" />;
}

export function WaitIcon(): ReactNode {
  return <Clock3 size={ICON_SIZE} aria-hidden="true" />;
}

export function Icon(props: { readonly of: LucideIcon; readonly className?: string }): ReactNode {
  const Shape = props.of;
  return <Shape size={ICON_SIZE} aria-hidden="true" className={props.className} />;
}

export type Tone = 'plain' | 'ok' | 'warn' | 'bad' | 'accent';

export function Chip(props: { readonly tone?: Tone; readonly children: ReactNode }): ReactNode {
  return <span className={`chip ${props.tone ?? 'plain'}`}>{props.children}</span>;
}

const TONES: Readonly<Record<string, Tone>> = { confidential: 'warn', restricted: 'bad', public: 'ok' };

/** How sensitive a resource is, and the tags that change how it must be treated. */
export function SensitivityChips(props: {
  readonly resource: Pick<ResourceCard, 'sensitivity' | 'tags'>;
  readonly quiet?: boolean;
}): ReactNode {
  const { sensitivity, tags } = props.resource;
  const hidden = props.quiet === true && (sensitivity === 'public' || sensitivity === 'internal');
  return (
    <>
      {sensitivity !== null && !hidden && <Chip tone={TONES[sensitivity] ?? 'plain'}>{sensitivity}</Chip>}
      {props.quiet !== true && tags.slice(0, 3).map((tag) => <Chip key={tag}>{tag}</Chip>)}
    </>
  );
}

/** A coloured box that says one thing and what to do. */
export function Notice(props: {
  readonly tone: Tone;
  readonly icon: LucideIcon;
  readonly title: ReactNode;
  readonly children?: ReactNode;
}): ReactNode {
  return (
    <div className={`notice ${props.tone}`}>
      <Icon of={props.icon} className="notice-icon" />
      <div className="grow">
        <strong>{props.title}</strong>
        {props.children}
      </div>
    </div>
  );
}
