// The buttons of the window. One that waits for an answer says so and cannot be pressed twice.
import { Button as AriaButton, type ButtonProps } from 'react-aria-components/Button';
import type { ReactNode } from 'react';

export type Look = 'plain' | 'primary' | 'danger' | 'link' | 'icon' | 'icon star' | 'filter' | 'alarm';

type Props = Omit<ButtonProps, 'className' | 'style' | 'children'> & {
  readonly look?: Look;
  readonly big?: boolean;
  readonly children: ReactNode;
};

export function Button({ look = 'plain', big = false, children, ...rest }: Props): ReactNode {
  return (
    <AriaButton {...rest} className={`button ${look}${big ? ' big' : ''}`}>
      {children}
    </AriaButton>
  );
}
