// Snippets: right in their language whatever the address is, and never with a token in them.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { literal, shellQuoted, snippet, snippetKinds } from '#electron/agent/snippets/snippets.ts';

const URLS = [
  'http://127.0.0.1:7391/gateway/dataset/penguins/',
  `http://127.0.0.1:7391/gateway/dataset/it's "quoted" $(touch pwned) \`id\` \\ %0a/ü`,
];
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'daypass-snippets-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hasPython = spawnSync('python3', ['--version']).status === 0;
const write = (name: string, text: string): string => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};

describe('a snippet', () => {
  it('is offered where it makes sense', () => {
    expect(snippetKinds('dataset:penguins', ['read'])).not.toContain('openai');
    expect(snippetKinds('model:wink-english', ['invoke'])[0]).toBe('openai');
  });

  it('of a shell parses, whatever the address', () => {
    for (const resource of ['dataset:x', 'model:x'] as const)
      for (const kind of ['curl', 'bash', 'openai'] as const)
        for (const url of URLS) execFileSync('bash', ['-n', write('snippet.sh', snippet({ kind, resource, url }))]);
  });

  it.skipIf(!hasPython)('of Python compiles, whatever the address', () => {
    for (const resource of ['dataset:x', 'model:x'] as const)
      for (const url of URLS)
        execFileSync('python3', ['-m', 'py_compile', write('snippet.py', snippet({ kind: 'python', resource, url }))]);
  });

  it('of Node parses, whatever the address', () => {
    for (const resource of ['dataset:x', 'model:x'] as const)
      for (const url of URLS)
        execFileSync(process.execPath, ['--check', write('snippet.mjs', snippet({ kind: 'node', resource, url }))]);
  });

  it('refuses an address that is not for the web', () => {
    expect(() => snippet({ kind: 'url', resource: 'dataset:x', url: 'javascript:alert(1)' })).toThrow(TypeError);
  });

  it('quotes what no address should have', () => {
    expect(execFileSync('bash', ['-c', `printf %s ${shellQuoted(`it's $(id) "\\`)}`]).toString()).toBe(
      `it's $(id) "\\`,
    );
    expect(JSON.parse(literal('ü" \\ \u2028'))).toBe('ü" \\ \u2028');
  });

  it('of bash sends the token that it read, and shows it to no argument list', async () => {
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end('fine');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const url = `http://127.0.0.1:${address.port}/gateway/dataset/penguins/`;
    for (const kind of ['bash', 'curl'] as const) {
      const text = snippet({ kind, resource: 'dataset:penguins', url });
      const child = spawn('bash', ['-c', text], { stdio: ['pipe', 'pipe', 'ignore'] });
      child.stdin.end('s3cret-token\n');
      await once(child, 'close');
      // Arguments of curl: the header comes from standard input.
      expect(text).toContain('-H @-');
      expect(text).not.toMatch(/curl[^\n|]*Bearer/);
    }
    server.close();
    expect(seen).toEqual(['Bearer s3cret-token', 'Bearer s3cret-token']);
  });
});
