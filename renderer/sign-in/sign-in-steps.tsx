// The buttons of a sign-in, and the code where one is shown. The window opens no page: the main process does.
import { Copy } from 'lucide-react';
import { useRef, type ReactNode } from 'react';
import type { SignInState } from '#shared/contracts/desktop/connection.ts';
import { useDesktopState } from '../desktop.tsx';
import { useNavigation } from '../navigation.tsx';
import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/card.tsx';
import { Countdown } from '../parts/live-text.tsx';
import { ProblemLine } from '../parts/problem-line.tsx';
import { useCommand } from '../parts/use-command.ts';
import { signInWords as words } from '../words/sign-in.ts';

export function SignInSteps(props: { readonly signIn: SignInState }): ReactNode {
  const { signIn } = props;
  const command = useCommand();
  const { broker } = useDesktopState();
  const isUnderWay = signIn.kind === 'in_browser' || signIn.kind === 'device_code';
  // What failed while the person is signed in was a proof that they are still there.
  const fresh = isUnderWay ? signIn.fresh : broker.kind !== 'signed_out';
  const begin = async (how: 'browser' | 'device_code'): Promise<void> => {
    // One at a time: the other way takes the place of this one.
    if (isUnderWay) await command.run('cancel-sign-in', null);
    await command.run('sign-in', { how, fresh: fresh && signIn.kind !== 'signed_out' });
  };
  const other = (how: 'browser' | 'device_code', label: string): ReactNode => (
    <Button look="link" isDisabled={command.running} onPress={() => void begin(how)}>
      {label}
    </Button>
  );
  const cancel = (label: string): ReactNode => (
    <Button isDisabled={command.running} onPress={() => void command.run('cancel-sign-in', null)}>
      {label}
    </Button>
  );
  const first = (label: string): ReactNode => (
    <Button look="primary" isPending={command.running} onPress={() => void begin('browser')}>
      {label}
    </Button>
  );
  const buttons = (): ReactNode => {
    switch (signIn.kind) {
      case 'signed_in':
        return null;
      case 'signed_out':
        return (
          <>
            {first(words.signIn)}
            {other('device_code', words.code)}
          </>
        );
      case 'failed':
        return (
          <>
            {first(words.again)}
            {fresh && cancel(words.putAway)}
            {other('device_code', words.code)}
          </>
        );
      case 'in_browser':
        return (
          <>
            {cancel(words.cancel)}
            {other('device_code', words.code)}
          </>
        );
      case 'device_code':
        return (
          <>
            {cancel(words.cancel)}
            {other('browser', words.browser)}
          </>
        );
    }
  };
  return (
    <>
      {signIn.kind === 'device_code' && <DeviceCode {...signIn} />}
      <div className="buttons sign-in-buttons">{buttons()}</div>
      <ProblemLine problem={command.problem} />
    </>
  );
}

function DeviceCode(props: Extract<SignInState, { kind: 'device_code' }>): ReactNode {
  const code = useRef<HTMLOutputElement>(null);
  const { say } = useNavigation();
  const copy = (): void => {
    if (code.current === null) return;
    getSelection()?.selectAllChildren(code.current);
    // The clipboard of pages is denied to the window; what is selected may still be copied by a press.
    if (document.execCommand('copy')) say(words.copied);
  };
  return (
    <div className="device-code">
      <p className="device-url">{props.verificationUrl}</p>
      <div className="code-row">
        <output ref={code} className="code" aria-label={words.codeName}>
          {props.userCode}
        </output>
        <Button look="icon" aria-label={words.copy} onPress={copy}>
          <Icon of={Copy} />
        </Button>
      </div>
      <p className="quiet">
        {words.codeEnds} <Countdown endsAtMs={props.expiresAtMs} className="figures" />
      </p>
    </div>
  );
}
