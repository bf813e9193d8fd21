// Around everything that is read on demand: reading, could not be read, older than it looks, nothing there.
import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/card.tsx';
import { Ago } from '../parts/live-text.tsx';
import { Loading } from '../parts/loading.tsx';
import { ProblemLine } from '../parts/problem-line.tsx';
import { oversightWords as words } from '../words/oversight.ts';
import type { Reading } from './use-read.ts';

export function ReadFrame<T>(props: {
  readonly reading: Reading<T>;
  readonly children: (value: T) => ReactNode;
}): ReactNode {
  const { value, problem, readAtMs, again } = props.reading;
  return (
    <>
      {problem !== null && (
        <div className="read-problem">
          <ProblemLine problem={problem} />
          {value !== null && readAtMs !== null && (
            <p className="quiet">
              {words.old} ({words.read} <Ago atMs={readAtMs} />)
            </p>
          )}
          <Button onPress={again}>{words.again}</Button>
        </div>
      )}
      {value === null ? problem === null && <Loading /> : props.children(value)}
    </>
  );
}

export function Nothing(props: {
  readonly icon: LucideIcon;
  readonly title: string;
  readonly body: string;
}): ReactNode {
  return (
    <div className="empty">
      <span className="empty-icon">
        <Icon of={props.icon} />
      </span>
      <h2>{props.title}</h2>
      <p>{props.body}</p>
    </div>
  );
}
