import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { catchTheUncaught } from '#electron/shell/last-resort.ts';
import { createLog } from '#electron/shell/log.ts';

const TOKEN = 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlMTIzNDU2Nzg5MA';

function world() {
  const source = new EventEmitter();
  const lines: string[] = [];
  let left = 0;
  catchTheUncaught(
    source,
    createLog((line) => lines.push(line)),
    () => (left += 1),
  );
  return { source, text: () => lines.join(''), left: () => left };
}

describe('what nobody caught', () => {
  it('is told without what it quotes, and a rejection ends nothing', () => {
    const { source, text, left } = world();
    source.emit('unhandledRejection', new Error(`could not write ${TOKEN}`));
    source.emit('unhandledRejection', TOKEN);
    expect(text()).toContain('app.unhandled_rejection');
    expect(text()).not.toContain(TOKEN.slice(0, 12));
    expect(left()).toBe(0);
  });

  it('leads the app out, once, when it was thrown', () => {
    const { source, text, left } = world();
    source.emit('uncaughtException', new Error(`broken by ${TOKEN}`));
    source.emit('uncaughtException', new Error('again'));
    expect(text().match(/app.uncaught_exception/g)).toHaveLength(2);
    expect(text()).not.toContain(TOKEN.slice(0, 12));
    expect(left()).toBe(1);
  });
});
