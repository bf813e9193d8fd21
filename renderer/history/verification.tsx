// Whether the log holds. It says verified only when a verification passed, and cosigned only when the broker did.
import { ShieldAlert, ShieldCheck, ShieldQuestionMark } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { Verification } from '#shared/contracts/desktop/state.ts';
import { count } from '../format.ts';
import { Button } from '../parts/button.tsx';
import { Notice } from '../parts/card.tsx';
import { Ago } from '../parts/live-text.tsx';
import { ProblemLine } from '../parts/problem-line.tsx';
import { useCommand } from '../parts/use-command.ts';
import { failureLine, historyWords as words, verificationTitle } from '../words/history.ts';

const LOOKS = {
  verified: { tone: 'ok', icon: ShieldCheck },
  failed: { tone: 'bad', icon: ShieldAlert },
  not_yet: { tone: 'plain', icon: ShieldQuestionMark },
} as const;

export function VerificationCard(props: { readonly verification: Verification }): ReactNode {
  const { verification } = props;
  const [exported, setExported] = useState<string | null>(null);
  const command = useCommand();
  const exportLog = async (): Promise<void> => {
    const answer = await command.run('export-log', null);
    if (answer.ok && answer.value.folder !== null)
      setExported(words.exported(answer.value.records, answer.value.folder));
  };
  return (
    <Notice {...LOOKS[verification.result]} title={verificationTitle(verification)}>
      <p className="quiet">
        <Figures verification={verification} />
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
      </div>
      <ProblemLine problem={command.problem} />
    </Notice>
  );
}

function Figures(props: { readonly verification: Verification }): ReactNode {
  const { records, verifiedAtMs, result, cosigned } = props.verification;
  return (
    <>
      {count(records)} {records === 1 ? 'record' : 'records'}
      {verifiedAtMs !== null && result !== 'not_yet' && (
        <>
          {' · '}checked <Ago atMs={verifiedAtMs} />
        </>
      )}
      {cosigned === null ? (
        ' · nobody has cosigned it yet'
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
