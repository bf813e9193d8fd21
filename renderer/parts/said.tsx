// Words of another person: quoted, isolated from the text around them, cut with a way to read on. Never markup.
import { useState, type ReactNode } from 'react';
import { words } from '../words/common.ts';
import { Button } from './button.tsx';

/** Past this many characters or line breaks a text starts folded. */
const LONG_CHARACTERS = 220;
const LONG_LINES = 3;

export function Said(props: { readonly text: string }): ReactNode {
  const [open, setOpen] = useState(false);
  const isLong = props.text.length > LONG_CHARACTERS || props.text.split('\n').length > LONG_LINES;
  return (
    <div className="said">
      {/* Unfolded it may be long enough to scroll, which the keyboard must reach. */}
      <blockquote
        className={isLong && !open ? 'folded' : ''}
        dir="auto"
        {...(isLong && open ? { tabIndex: 0, role: 'region', 'aria-label': words.theirWords } : {})}
      >
        “{props.text}”
      </blockquote>
      {isLong && (
        <Button look="link" aria-expanded={open} onPress={() => setOpen(!open)}>
          {open ? words.less : words.more}
        </Button>
      )}
    </div>
  );
}

/** A name that somebody else chose, within a line of ours: it cannot turn the line around. */
export function Name(props: { readonly children: string }): ReactNode {
  return <bdi className="name">{props.children}</bdi>;
}
