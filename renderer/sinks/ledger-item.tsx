// The broker's log among the places that this desktop's log goes to: the only one that gates new access.
import { ShieldCheck } from 'lucide-react';
import type { ReactNode } from 'react';
import { useDesktopState } from '../desktop.tsx';
import { Button } from '../parts/button.tsx';
import { Ago } from '../parts/live-text.tsx';
import { ProblemLine } from '../parts/problem-line.tsx';
import { useCommand } from '../parts/use-command.ts';
import { hostOf, teamOf } from '../sign-in/standing.ts';
import { ledgerStanding, ledgerWhy, sinkWords as words } from '../words/sinks.ts';
import { PlaceHead } from './place-head.tsx';

export function LedgerItem(): ReactNode {
  const state = useDesktopState();
  const { sync } = state;
  const team = teamOf(state);
  const command = useCommand();
  const why = ledgerWhy(sync);
  return (
    <li className="place">
      <PlaceHead
        icon={ShieldCheck}
        name={words.ledger}
        kind={team === null ? words.ledgerHere : words.ledgerTeam}
        target={team === null ? null : hostOf(team.url)}
        standing={ledgerStanding(sync)}
      />
      <div className="place-body">
        {sync.kind === 'synced' && (
          <p className="quiet">
            {words.allTaken} · <Ago atMs={sync.atMs} />
          </p>
        )}
        {why !== null && <p className={sync.kind === 'alarm' ? 'place-why bad' : 'place-why'}>{why}</p>}
        {sync.kind === 'stuck' && (
          <div className="buttons">
            <Button isPending={command.running} onPress={() => void command.run('retry', { what: 'sync' })}>
              {words.syncNow}
            </Button>
          </div>
        )}
        <ProblemLine problem={command.problem} />
      </div>
    </li>
  );
}
