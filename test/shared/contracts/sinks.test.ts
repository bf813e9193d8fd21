import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { sinksSchema, sinkUrlSchema } from '#shared/contracts/sinks.ts';

const PAGE = readFileSync(new URL('../../../docs/sinks.md', import.meta.url), 'utf8');

describe('what a configuration says of sinks', () => {
  it('may be what docs/sinks.md says', () => {
    const [, example = ''] = /^```yaml\n(sinks:[\s\S]*?)^```$/m.exec(PAGE) ?? [];
    const parsed = sinksSchema.parse((parse(example) as { sinks: unknown }).sinks);
    expect(parsed.map(({ kind }) => kind)).toEqual(['otlp', 'webhook', 'file']);
  });

  it('gives a file to one sink, and a name too', () => {
    const file = { kind: 'file', name: 'a', path: 'x' };
    expect(sinksSchema.safeParse([file, { ...file, name: 'b', path: 'y' }]).success).toBe(true);
    expect(sinksSchema.safeParse([file, { ...file, name: 'b' }]).success).toBe(false);
    expect(sinksSchema.safeParse([file, { ...file, path: 'y' }]).success).toBe(false);
  });

  it('gives no header that a delivery sets itself', () => {
    const sink = (name: string) => [
      { kind: 'otlp', name: 'a', url: 'https://x.example/', header: { name, value: 'env:TOKEN' } },
    ];
    expect(sinksSchema.safeParse(sink('X-Api-Key')).success).toBe(true);
    for (const name of ['Host', 'content-LENGTH', 'Transfer-Encoding', 'Content-Type', 'X Y', 'X:Y', ''])
      expect(sinksSchema.safeParse(sink(name)).success, name).toBe(false);
  });

  it.each([
    'http://collector.example.org/v1/logs',
    'http://127.0.0.1.example.org/',
    'http://localhost.example.org/',
    'https://user:secret@collector.example.org/',
    'https://collector.example.org/?key=secret',
    'https://collector.example.org/#x',
    'https://collector.example.org\\@127.0.0.1/',
    'ftp://collector.example.org/',
    'https:///v1/logs',
    'https://collector.example.org/a b',
    '//collector.example.org/',
  ])('refuses the address %s', (url) => {
    expect(sinkUrlSchema.safeParse(url).success).toBe(false);
  });

  it.each(['https://collector.example.org/v1/logs', 'http://127.0.0.1:4318/v1/logs', 'http://[::1]:4318/'])(
    'takes the address %s',
    (url) => {
      expect(sinkUrlSchema.safeParse(url).success).toBe(true);
    },
  );
});
