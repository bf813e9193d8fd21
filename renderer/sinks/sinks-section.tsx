// In Settings: the broker's log first, then every other place that this desktop's log goes to, and one more.
import { Plus } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { useDesktopState } from '../desktop.tsx';
import { Button } from '../parts/button.tsx';
import { Icon, Section } from '../parts/card.tsx';
import { useSeen } from '../parts/use-seen.ts';
import { sinkWords as words } from '../words/sinks.ts';
import { AddSinkSheet } from './add-sink-sheet.tsx';
import { LedgerItem } from './ledger-item.tsx';
import { SinkItem } from './sink-item.tsx';

const MOST = 8;

/** `visit`: of who was sent to this place, as by the tray; null: nobody was. */
export function SinksSection(props: { readonly visit: number | null }): ReactNode {
  const { sinks } = useDesktopState();
  const [adding, setAdding] = useState(false);
  const seen = useSeen<HTMLDivElement>(props.visit);
  return (
    <div ref={seen} tabIndex={-1} className="place-section">
      <Section id="sinks" title={words.title}>
        <ul className="card rows places">
          <LedgerItem />
          {sinks.map((sink) => (
            <SinkItem key={sink.name} sink={sink} />
          ))}
        </ul>
        <p className="hint">{words.intro}</p>
        {sinks.length < MOST && (
          <div className="buttons">
            <Button onPress={() => setAdding(true)}>
              <Icon of={Plus} /> {words.add}
            </Button>
          </div>
        )}
        <AddSinkSheet isOpen={adding} onClose={() => setAdding(false)} />
      </Section>
    </div>
  );
}
