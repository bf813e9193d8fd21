// What a log line says of an error: enough to find it, never a text that quotes what somebody sent.
import { expect, it } from 'vitest';
import { createLog } from '#broker/listen/log.ts';

const CANARY = 'canary-3c1f90aa57';

function saidOf(error: unknown): string {
  const lines: string[] = [];
  createLog({ write: (line) => void lines.push(line) }).trouble(error, 'here');
  return lines.join('');
}

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('it did not throw');
}

it.each([
  ['a header', () => new Headers({ authorization: `Bearer ${CANARY}\nx` })],
  ['a parser', () => JSON.parse(`{"token": ${CANARY}}`)],
])('does not quote what %s was given', (_name, run) => {
  const error = thrownBy(run);
  expect(String(error)).toContain(CANARY.slice(0, 6));
  const said = saidOf(new Error('outer', { cause: error }));
  expect(said).toContain('"where":"here"');
  expect(said).not.toContain(CANARY.slice(0, 6));
});
