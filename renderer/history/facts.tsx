// What happened, newest first, by day, in plain words.
import type { ReactNode } from 'react';
import type { HistoryFact } from '#shared/contracts/desktop/history.ts';
import { nowMs } from '../clock.ts';
import { useDesktopState } from '../desktop.tsx';
import { dayName, startOfDay, timeOfDay } from '../format.ts';
import { factDetail, factTitle, historyWords as words } from '../words/history.ts';
import { capital } from '../words/common.ts';

export function Facts(props: { readonly facts: readonly HistoryFact[]; readonly more: boolean }): ReactNode {
  const { catalog } = useDesktopState();
  const names = new Map(catalog.map((entry) => [entry.id, entry.name]));
  if (props.facts.length === 0) return <p className="card quiet">{words.nothing}</p>;
  const days = Map.groupBy(props.facts, (fact) => startOfDay(fact.atMs));
  return (
    <>
      {[...days].map(([day, facts]) => (
        <div key={day} className="day">
          {(days.size > 1 || day !== startOfDay(nowMs())) && <h3>{capital(dayName(day, nowMs()))}</h3>}
          <ol className="card facts">
            {facts.map((fact) => (
              <Fact
                key={fact.id}
                fact={fact}
                resource={fact.resource === null ? null : (names.get(fact.resource) ?? fact.resource)}
              />
            ))}
          </ol>
        </div>
      ))}
      {props.more && <p className="quiet none">{words.more}</p>}
    </>
  );
}

function Fact(props: { readonly fact: HistoryFact; readonly resource: string | null }): ReactNode {
  const { fact } = props;
  const detail = factDetail(fact);
  return (
    <li className={`fact ${fact.outcome === 'failure' ? 'tone-bad' : ''}`}>
      <time dateTime={new Date(fact.atMs).toISOString()}>{timeOfDay(fact.atMs)}</time>
      <div className="grow">
        <div className="fact-title">
          <bdi>{factTitle(fact, props.resource)}</bdi>
        </div>
        {detail !== '' && (
          <div className="quiet">
            <bdi>{detail}</bdi>
          </div>
        )}
      </div>
    </li>
  );
}
