// The texts of a notification as a system may show them: short, of few lines, and plain also where markup is read.
import type { Notice } from '../agent/ports.ts';
import { oneLine } from './words.ts';

const TITLE_LENGTH = 80;
const BODY_LENGTH = 240;
const BODY_LINES = 2;
const LABEL_LENGTH = 24;
// What every platform has room for.
const MAX_BUTTONS = 2;

/** Gives title, body and button labels, cleaned and cut. */
export function noticeText(
  { title, body, actions }: Pick<Notice, 'title' | 'body' | 'actions'>,
  platform: NodeJS.Platform,
): { readonly title: string; readonly body: string; readonly labels: readonly string[] } {
  const line = (text: string, max: number): string => {
    const clean = oneLine(text, max);
    return platform === 'linux' ? withoutMarkup(clean) : clean;
  };
  return {
    title: line(title, TITLE_LENGTH),
    // Words of another person stand on a line of their own, so that they cannot go on with a sentence of ours.
    body: body
      .split('\n')
      .slice(0, BODY_LINES)
      .map((each) => line(each, BODY_LENGTH))
      .join('\n'),
    labels: actions.slice(0, MAX_BUTTONS).map(({ label }) => line(label, LABEL_LENGTH)),
  };
}

/**
 * Some servers of Linux desktops read markup, others show it as it is, and nobody tells us which. Look-alikes are right
 * on both.
 */
function withoutMarkup(text: string): string {
  return text.replaceAll('<', '‹').replaceAll('>', '›').replaceAll('&', '＆');
}
