// What waits for an owner's answer, newest first.
import { BadgeCheck } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { Finding, ReviewedAccess } from '#shared/contracts/desktop/oversight.ts';
import { nowMs } from '../../clock.ts';
import { until } from '../../format.ts';
import { Button } from '../../parts/button.tsx';
import { Notice, Section } from '../../parts/card.tsx';
import { Name } from '../../parts/said.tsx';
import { reviewWords as words } from '../../words/review.ts';
import { FindingItem } from './finding-item.tsx';

const AT_ONCE = 20;

export function Findings(props: {
  readonly accesses: readonly ReviewedAccess[];
  readonly onOpen: (access: ReviewedAccess) => void;
  readonly onAnswered: (finding: Finding) => void;
}): ReactNode {
  const [shown, setShown] = useState(AT_ONCE);
  const open = openFindings(props.accesses);
  if (open.length === 0) {
    return (
      <Notice tone="ok" icon={BadgeCheck} title={words.noFindingsTitle}>
        <p className="quiet">{words.noFindings}</p>
      </Notice>
    );
  }
  return (
    <Section id="findings" title={words.findings}>
      <ul className="cards">
        {open.slice(0, shown).map(({ access, finding }) => (
          <li key={finding.findingId} className="card">
            <FindingItem finding={finding} onAnswered={props.onAnswered}>
              <div className="finding-head">
                <Button look="link" onPress={() => props.onOpen(access)}>
                  <span className="from-to">
                    <Name>{access.holder}</Name> <span aria-hidden="true">→</span> <Name>{access.resource.name}</Name>
                  </span>
                </Button>
                <time className="quiet nowrap">{until(access.startsAtMs, nowMs())}</time>
              </div>
            </FindingItem>
          </li>
        ))}
      </ul>
      {open.length > shown && (
        <div className="buttons">
          <Button onPress={() => setShown(shown + AT_ONCE)}>
            {words.show(Math.min(AT_ONCE, open.length - shown))}
          </Button>
        </div>
      )}
    </Section>
  );
}

function openFindings(
  accesses: readonly ReviewedAccess[],
): readonly { readonly access: ReviewedAccess; readonly finding: Finding }[] {
  return accesses.flatMap((access) =>
    access.findings.filter(({ answer }) => answer === 'open').map((finding) => ({ access, finding })),
  );
}
