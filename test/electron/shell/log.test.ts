import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createLog } from '#electron/shell/log.ts';
import { limitLog } from '#electron/shell/limited-log.ts';
import { keepingLog } from './small-log.ts';

describe('the log', () => {
  it('writes one object a line', () => {
    const { log, lines } = keepingLog();
    log.info('a.b', { n: 1 });
    expect(lines).toEqual(['{"level":"info","event":"a.b","n":1}\n']);
  });

  it('cuts what may be a token out of error texts, and leaves names and paths', () => {
    const { log, lines } = keepingLog();
    const token = 'eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.eyJpc3MiOiJ1cm4ifQ.c2ln';
    log.trouble('x', new Error(`cannot open /home/ana/data/settings.json: ${token}`));
    expect(lines[0]).toContain('/home/ana/data/settings.json');
    expect(lines[0]).not.toContain(token.slice(0, 12));
  });

  it('leaves out what JSON.parse quotes', () => {
    const { log, lines } = keepingLog();
    try {
      JSON.parse('s3cret-value');
    } catch (error) {
      log.trouble('x', error);
    }
    expect(lines[0]).toContain('SyntaxError');
    expect(lines[0]).not.toContain('s3cret');
  });

  it('does not take the app down when nobody can read it', () => {
    const log = createLog(() => {
      throw new Error('EPIPE');
    });
    expect(() => log.trouble('x', 'not an error')).not.toThrow();
  });
});

describe('the limited log', () => {
  it('lets ten lines of a kind through a minute, then says how many were left out', () => {
    const { log, lines } = keepingLog();
    let now = 0;
    const limited = limitLog(log, () => now);
    for (let index = 0; index < 500; index += 1) limited.info('flood');
    limited.info('other');
    expect(lines).toHaveLength(12);
    expect(lines[10]).toContain('log.limited');
    now = 60_000;
    limited.info('flood');
    expect(lines.at(-1)).toContain('"leftOut":490');
  });
});

it('does not end the program when nobody reads its error output any more', async () => {
  const log = new URL('../../../electron/shell/log.ts', import.meta.url).href;
  const program = `
    const { createLog } = await import(${JSON.stringify(log)});
    const log = createLog();
    process.stdin.resume();
    await new Promise((resolve) => process.stdin.on('end', resolve));
    for (let line = 0; line < 50; line += 1) {
      log.info('line', { line });
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['pipe', 'ignore', 'pipe'] });
  child.stderr.destroy();
  child.stdin.end();
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
});
