// One access with everything that the log knows of it. Its holder's words come last.
import type { ReactNode } from 'react';
import type { Finding, ReviewedAccess } from '#shared/contracts/desktop/oversight.ts';
import { moment } from '../../format.ts';
import { Button } from '../../parts/button.tsx';
import { Chip, SensitivityChips } from '../../parts/card.tsx';
import { Name, Said } from '../../parts/said.tsx';
import { Sheet } from '../../parts/sheet.tsx';
import { actionList, purposeName, words as common } from '../../words/common.ts';
import { approvedWords, endLine, reviewWords as words, usesWords } from '../../words/review.ts';
import { FindingItem } from './finding-item.tsx';

export function AccessSheet(props: {
  readonly access: ReviewedAccess | null;
  readonly onClose: () => void;
  readonly onAnswered: (finding: Finding) => void;
}): ReactNode {
  const { access, onClose } = props;
  return (
    <Sheet title={words.details} isOpen={access !== null} onClose={onClose}>
      {access !== null && <Body access={access} onAnswered={props.onAnswered} />}
      <div className="buttons end">
        <Button onPress={onClose}>{common.close}</Button>
      </div>
    </Sheet>
  );
}

function Body(props: { readonly access: ReviewedAccess; readonly onAnswered: (finding: Finding) => void }): ReactNode {
  const { access } = props;
  return (
    <>
      <dl className="about access-facts">
        <Fact name={words.person}>
          <Name>{access.holder}</Name>
        </Fact>
        <Fact name={words.what}>
          <Name>{access.resource.name}</Name> <SensitivityChips resource={access.resource} />
          {access.breakGlass && <Chip tone="bad">{words.emergency}</Chip>}
        </Fact>
        <Fact name={words.toDo}>
          {actionList(access.actions)}, {purposeName(access.purpose).toLowerCase()}
        </Fact>
        <Fact name={words.start}>{moment(access.startsAtMs)}</Fact>
        <Fact name={words.planned}>{moment(access.plannedEndMs)}</Fact>
        <Fact name={words.end}>{endLine(access)}</Fact>
        <Fact name={words.usage}>{usesWords(access)}</Fact>
        <Fact name={words.approved}>
          <bdi>{approvedWords(access.approvedBy)}</bdi>
        </Fact>
      </dl>
      {access.findings.map((finding) => (
        <div key={finding.findingId} className="setting-apart">
          <FindingItem finding={finding} onAnswered={props.onAnswered} />
        </div>
      ))}
      {access.justification !== '' && (
        <div className="setting-apart">
          <span className="label">{words.why}</span>
          <Said text={access.justification} />
        </div>
      )}
    </>
  );
}

function Fact(props: { readonly name: string; readonly children: ReactNode }): ReactNode {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}
