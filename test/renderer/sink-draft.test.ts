// @vitest-environment node
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  completedUrl,
  emptySinkDraft,
  faultsOf,
  newSinkOf,
  withKind,
  type SinkDraft,
} from '#renderer/sinks/sink-draft.ts';
import { newSinkSchema } from '#shared/contracts/desktop/sinks.ts';

const KEY = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const draft = (change: Partial<SinkDraft>): SinkDraft => ({ ...emptySinkDraft('webhook', []), ...change });

const names = fc.oneof(fc.constantFrom('siem', 'a', 'A', '', '1a', 'a b', 'a'.repeat(31), 'a'.repeat(32)), fc.string());
const urls = fc.oneof(
  fc.constantFrom(
    'https://a.example/v1/logs',
    'a.example',
    'http://a.example/x',
    'http://127.0.0.1:4318/v1/logs',
    'http://localhost',
    'http://[::1]:1/x',
    'http://127.0.0.1.evil.example/',
    'HTTP://a.example',
    'https://user:pass@a.example/',
    'https://a.example/?token=1',
    'https://a.example/#x',
    `https://a.example/${'x'.repeat(500)}`,
    'https://a.example/\u202Egnp',
    'ftp://a.example',
    'https://',
  ),
  fc.webUrl(),
  fc.string(),
);
const secrets = fc.oneof(
  fc.constantFrom('', KEY, 'Bearer x', 'a\nb', ' a', 'a ', 'é', 'x'.repeat(2000), 'x'.repeat(2001)),
  fc.uint8Array({ maxLength: 80 }).map((bytes) => `whsec_${Buffer.from(bytes).toString('base64')}`),
  fc.uint8Array({ maxLength: 80 }).map((bytes) => `whsec_${Buffer.from(bytes).toString('base64url')}`),
  fc.string(),
);

it('calls wrong exactly what the main process would refuse', () => {
  let rights = 0;
  fc.assert(
    fc.property(
      fc.record({
        kind: fc.constantFrom('otlp' as const, 'webhook' as const, 'file' as const),
        name: names,
        url: urls,
        headerName: fc.oneof(fc.constantFrom('Authorization', 'X-Key', '', 'a:b', 'é'), fc.string()),
        secret: secrets,
        folder: fc.constantFrom(null, '/home/ana'),
      }),
      (wish) => {
        const isRight = Object.keys(faultsOf(wish, [])).length === 0;
        if (isRight) rights += 1;
        expect(newSinkSchema.safeParse(newSinkOf(wish)).success).toBe(isRight);
      },
    ),
    { numRuns: 3000 },
  );
  expect(rights).toBeGreaterThan(50);
});

it('takes a bare host as https, and a collector without a path as its usual one', () => {
  expect(completedUrl(' otel.acme.example ', 'otlp')).toBe('https://otel.acme.example/v1/logs');
  expect(completedUrl('http://localhost:4318/', 'otlp')).toBe('http://localhost:4318/v1/logs');
  expect(completedUrl('https://otel.acme.example/other', 'otlp')).toBe('https://otel.acme.example/other');
  expect(completedUrl('siem.acme.example', 'webhook')).toBe('https://siem.acme.example');
  expect(completedUrl('', 'otlp')).toBe('');
});

it('says http apart from what is no address, and refuses a name that is taken', () => {
  const wrong = (url: string) => faultsOf(draft({ url, secret: KEY }), []).url;
  expect(wrong('http://siem.example')).toContain('Must be https');
  expect(wrong('what')).toBeUndefined();
  expect(wrong('wh at')).toContain('https address');
  expect(faultsOf(draft({ name: 'siem', url: 'a.example', secret: KEY }), ['siem']).name).toContain('already');
});

it('starts with a free name, and another kind forgets the secret', () => {
  expect(emptySinkDraft('file', ['copy', 'copy-2']).name).toBe('copy-3');
  const before = draft({ secret: KEY, url: 'https://a.example' });
  expect(withKind(before, 'otlp', [])).toMatchObject({ name: 'collector', secret: '', url: 'https://a.example' });
  expect(withKind({ ...before, name: 'mine' }, 'file', []).name).toBe('mine');
});
