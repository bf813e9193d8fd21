// Whether the log holds. It says verified only when all of it was verified just now, and cosigned only when another
// party did it.
import { ShieldAlert, ShieldCheck, ShieldQuestionMark } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { Verification } from '#shared/contracts/desktop/state.ts';
import { MINUTE_MS } from '#shared/domain/time.ts';
import { count } from '../format.ts';
import { Button } from '../parts/button.tsx';
import { Notice } from '../parts/card.tsx';
import { Ago, useUntil } from '../parts/live-text.tsx';
import { ProblemLine } from '../parts/problem-line.tsx';
import { useCommand } from '../parts/use-command.ts';
import { ChangeKey } from './change-key.tsx';
import { failureLine, historyWords as words, verificationTitle } from '../words/history.ts';

const LOOKS = {
  verified: { tone: 'ok', icon: ShieldCheck },
  outdated: { tone: 'plain', icon: ShieldQuestionMark },
  failed: { tone: 'bad', icon: ShieldAlert },
  not_yet: { tone: 'plain', icon: ShieldQuestionMark },
} as const;

/** So long a verification is just now. */
const JUST_MS = 5 * MINUTE_MS;

export function VerificationCard(props: { readonly verification: Verification }): ReactNode {
  const { verification } = props;
  const isFresh = useUntil((verification.verifiedAtMs ?? 0) + JUST_MS);
  const result = verification.result === 'verified' && !isFresh ? 'outdated' : verification.result;
  const [exported, setExported] = useState<string | null>(null);
  const command = useCommand();
  const exportLog = async (): Promise<void> => {
    const answer = await command.run('export-log', null);
    if (answer.ok && answer.value.folder !== null)
      setExported(words.exported(answer.value.records, answer.value.folder));
  };
  return (
    <Notice {...LOOKS[result]} title={verificationTitle(result)}>
      <p className="quiet">
        <Figures verification={{ ...verification, result }} />
      </p>
      {verification.result === 'failed' && <p>{failureLine(verification)}</p>}
      {exported !== null && (
        <p role="status" className="quiet wrap">
          {exported}
        </p>
      )}
      <div className="buttons">
        <Button isPending={command.running} onPress={() => void command.run('verify-log', null)}>
          {words.verifyNow}
        </Button>
        <Button isDisabled={command.running} onPress={() => void exportLog()}>
          {words.export}
        </Button>
        <ChangeKey />
      </div>
      <ProblemLine problem={command.problem} />
    </Notice>
  );
}

function Figures(props: { readonly verification: Verification }): ReactNode {
  const { records, verifiedAtMs, verifiedRecords, prunedRecords, result, cosigned, selfAttested } = props.verification;
  return (
    <>
      {count(records)} {records === 1 ? 'record' : 'records'}
      {verifiedAtMs !== null && result !== 'not_yet' && (
        <>
          {' · '}
          {result === 'outdated' && verifiedRecords !== null && verifiedRecords < records
            ? words.firstVerified(verifiedRecords)
            : words.verified}{' '}
          <Ago atMs={verifiedAtMs} />
          {prunedRecords > 0 && ` · ${words.pruned(prunedRecords)}`}
        </>
      )}
      {cosigned === null ? (
        ` · ${selfAttested ? words.selfAttested : words.notCosigned}`
      ) : (
        <>
          {' · '}
          {cosigned.records >= records ? 'all cosigned' : `${count(cosigned.records)} cosigned`}{' '}
          <Ago atMs={cosigned.atMs} />
        </>
      )}
    </>
  );
}
