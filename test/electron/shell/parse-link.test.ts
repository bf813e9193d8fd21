import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findLink } from '#electron/shell/link-scheme.ts';
import { parseLink } from '#electron/shell/parse-link.ts';

describe('a daypass:// link', () => {
  it('prefills the form and says that it came from a link', () => {
    expect(
      parseLink(
        'daypass://request?resource=dataset:chats&actions=read,export&purpose=eval&duration=PT1H30M&justification=a%0Ab',
      ),
    ).toEqual({
      ok: true,
      value: {
        screen: 'form',
        fromLink: true,
        prefill: {
          resource: 'dataset:chats',
          actions: ['read', 'export'],
          purpose: 'eval',
          durationMs: 5_400_000,
          justification: 'a\nb',
        },
      },
    });
  });

  it('may leave everything out', () => {
    expect(parseLink('daypass://request')).toMatchObject({ ok: true, value: { screen: 'form', fromLink: true } });
    expect(parseLink('daypass://open/')).toEqual({ ok: true, value: { screen: 'access', grantId: null } });
  });

  it('shows an address of a broker to the person, who still has to agree: a link cannot connect', () => {
    const url = 'https://daypass.example.org';
    expect(parseLink(`daypass://connect?url=${encodeURIComponent(`${url}/`)}`)).toEqual({
      ok: true,
      value: { screen: 'connect', url },
    });
    expect(parseLink('daypass://connect')).toEqual({ ok: true, value: { screen: 'connect', url: null } });
  });

  it('loses what hides or turns words', () => {
    const link = parseLink(`daypass://request?justification=${encodeURIComponent('a\u202Eb\u0000c\u200Bd')}`);
    expect(link.ok && link.value.screen === 'form' && link.value.prefill?.justification).toBe('a b c d');
  });

  it.each([
    'daypass://approve?request=req_1',
    'daypass://copy?grant=1',
    'daypass://connect?broker=https://evil',
    'daypass://connect?url=http://daypass.example.org',
    'daypass://connect?url=https://user:secret@daypass.example.org',
    'daypass://connect?url=https://daypass.example.org%23x',
    'daypass://connect?url=javascript:alert(1)',
    'daypass://connect?url=file:///etc/passwd',
    'daypass://connect?url=https://a.example&url=https://b.example',
    'daypass://connect?url=https://a.example&now=yes',
    'daypass://connect?url=',
    'daypass://connect/now?url=https://a.example',
    'daypass://disconnect',
    'daypass://sign-in',
    'daypass://sign-out',
    'daypass://request/approve',
    'daypass://request?resource=dataset:a&resource=dataset:b',
    'daypass://request?resource=',
    'daypass://request?resource=../etc',
    'daypass://request?broker=https://evil',
    'daypass://request?duration=1h',
    'daypass://request?duration=PT1.5S',
    'daypass://request?actions=READ',
    'daypass://request?actions=read,,export',
    'daypass://user:pass@request',
    'daypass://request:80',
    'daypass://request#x',
    'daypass://open?x=1',
    'daypass:request',
    'https://request',
    'javascript:alert(1)',
    `daypass://request?justification=${'x'.repeat(2001)}`,
    `daypass://request?justification=${'x'.repeat(9000)}`,
    '',
  ])('is none: %s', (address) => {
    expect(parseLink(address).ok).toBe(false);
  });

  it('never leads anywhere but to a screen, whatever it holds', () => {
    fc.assert(
      fc.property(fc.webQueryParameters(), fc.webFragments(), (query, fragment) => {
        for (const address of [`daypass://request?${query}`, `daypass://${fragment}?${query}`]) {
          const link = parseLink(address);
          if (link.ok) expect(['form', 'access', 'connect']).toContain(link.value.screen);
        }
      }),
    );
  });

  it('is found among the arguments of a start', () => {
    expect(findLink(['--hidden', 'file.txt', 'DayPass://open', 'daypass://request'])).toBe('DayPass://open');
    expect(findLink(['--hidden'])).toBeNull();
  });
});
