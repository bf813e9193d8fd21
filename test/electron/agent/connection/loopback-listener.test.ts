// Where the browser comes back to: one answer with the right state, and nothing for anybody else.
import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { listenOnLoopback, type LoopbackListener } from '#electron/agent/connection/loopback-listener.ts';

let listener: LoopbackListener | null = null;
afterEach(() => listener?.close());

async function knock(path: string, options: { method?: string; host?: string } = {}): Promise<number> {
  const { port, host } = new URL(listener?.redirectUri ?? '');
  return await new Promise((resolve, reject) => {
    const call = request(
      { port, host: '127.0.0.1', path, method: options.method ?? 'GET', headers: { host: options.host ?? host } },
      (response) => {
        response.resume();
        response.once('end', () => resolve(response.statusCode ?? 0));
      },
    );
    call.once('error', reject);
    call.end();
  });
}

describe('the loopback listener', () => {
  it('takes the one answer with its state and listens no more', async () => {
    listener = await listenOnLoopback();
    const { redirectUri } = listener;
    expect(redirectUri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/);
    const answer = listener.answer('the-state');
    const page = await fetch(`${redirectUri}?state=the-state&code=abc`);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await page.text()).toContain('close this page');
    expect((await answer).searchParams.get('code')).toBe('abc');
    await expect
      .poll(
        async () =>
          await fetch(redirectUri).then(
            () => 'open',
            () => 'closed',
          ),
      )
      .toBe('closed');
  });

  it('tells nobody else anything, and goes on waiting', async () => {
    listener = await listenOnLoopback();
    const answer = listener.answer('the-state');
    expect(await knock('/callback?state=another&code=abc')).toBe(404);
    expect(await knock('/callback?code=abc')).toBe(404);
    expect(await knock('/callback?state=the-state&state=the-state&code=abc')).toBe(404);
    expect(await knock('/elsewhere?state=the-state&code=abc')).toBe(404);
    expect(await knock('/callback?state=the-state&code=abc', { method: 'POST' })).toBe(404);
    expect(await knock('/callback?state=the-state&code=abc', { host: 'evil.example' })).toBe(404);
    expect(await knock(`/callback?state=the-state&code=${'a'.repeat(9000)}`)).toBe(404);
    expect(await knock('/callback?state=the-state&code=good')).toBe(200);
    expect((await answer).searchParams.get('code')).toBe('good');
  });

  it('gives up when it is closed', async () => {
    listener = await listenOnLoopback();
    const answer = listener.answer('the-state');
    listener.close();
    await expect(answer).rejects.toThrow();
  });
});
