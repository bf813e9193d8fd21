// What an erasure reaches, place by place: read before somebody asks for it or agrees.
import type { ReactNode } from 'react';
import type { Reach } from '#shared/contracts/desktop/privacy.ts';
import { privacyWords as words, reachedLine } from '../words/privacy.ts';
import { ReadFrame } from './read-frame.tsx';
import { useRead } from './use-read.ts';

/** Of a person, read while it is looked at. */
export function ReachOf({ person }: { readonly person: string }): ReactNode {
  return <ReadFrame reading={useRead('erasure-reach', person)}>{(reach) => <WhatGoes {...reach} />}</ReadFrame>;
}

export function WhatGoes({ reached }: Pick<Reach, 'reached'>): ReactNode {
  return (
    <>
      <p className="after">{reached.length === 0 ? words.goesNothing : words.goes}</p>
      {reached.length > 0 && (
        <ul className="change-lines">
          {reached.map((each) => (
            <li key={each.place}>{reachedLine(each)}</li>
          ))}
        </ul>
      )}
      <p className="quiet after">{words.stays}</p>
    </>
  );
}
