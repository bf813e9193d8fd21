// The embedded broker's states as the desktop shows them, on the real worker thread.
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createEmbeddedHost } from '#electron/agent/embedded-broker/embedded-host.ts';
import type { BrokerHost } from '#electron/agent/embedded-broker/broker-host.ts';
import { MINUTE_MS } from '#shared/domain/time.ts';
import { createHandTimers } from '#test/support/agent-world.ts';
import { prepareSolo, onFreePorts, type SoloFiles } from '../../../../build/solo/prepare.ts';

/** A thread that compiles a policy engine takes its time on a machine that does other things. */
vi.setConfig({ testTimeout: 240_000 });
const poll = <T>(look: () => T) => expect.poll(look, { timeout: 120_000 });

const ENTRY = new URL('./dying-worker.ts', import.meta.url);
let folder: string;
let files: SoloFiles;
const hosts: BrokerHost[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'daypass-host-test-'));
  files = await onFreePorts(await prepareSolo(folder), 1);
});
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(over: Partial<SoloFiles> = {}) {
  const timers = createHandTimers();
  const troubles: string[] = [];
  const log = { info: () => undefined, trouble: (event: string) => void troubles.push(event) };
  const host = createEmbeddedHost({ ...files, ...over, entry: ENTRY, timers, log });
  hosts.push(host);
  return { host, timers, troubles };
}

const me = async (host: BrokerHost): Promise<number> =>
  (await host.fetch(new Request(new URL('/v1/me', host.baseUrl)), 'ana')).status;

describe('the embedded broker', () => {
  it('starts, says where its gateway is and whom one may act as, and answers', async () => {
    const { host } = open();
    expect(host.state()).toEqual({ kind: 'starting' });
    expect(host.people()).toEqual([]);
    await expect(me(host)).rejects.toThrow('not running');
    await poll(() => host.state().kind).toBe('ready');
    expect(host.state()).toMatchObject({ gatewayUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) });
    expect(host.people()[0]).toEqual({ user: 'ana', name: 'Ana Lima' });
    expect(await me(host)).toBe(200);
  });

  it('says which line of its configuration is wrong, and starts after it was put right', async () => {
    const good = readFileSync(files.configFile, 'utf8');
    appendFileSync(files.configFile, '\nsurprise: 1\n');
    const { host, timers } = open();
    await poll(() => host.state().kind).toBe('failed');
    expect(host.state()).toMatchObject({ code: 'configuration_refused' });
    expect(JSON.stringify(host.state())).toMatch(/daypass\.yaml:\d+:\d+/);
    writeFileSync(files.configFile, good);
    timers.advance(10 * MINUTE_MS);
    expect(host.state().kind).toBe('failed');
    host.retry();
    await poll(() => host.state().kind).toBe('ready');
  });

  it('waits for its gateway port when somebody else has it, and takes no other', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const address = squatter.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const text = readFileSync(files.configFile, 'utf8');
    writeFileSync(files.configFile, text.replace(/port: \d+/, `port: ${address.port}`));
    const { host, timers } = open();
    await poll(() => host.state()).toMatchObject({ kind: 'failed', code: 'gateway_port_taken' });
    squatter.close();
    await once(squatter, 'close');
    timers.advance(MINUTE_MS);
    await poll(() => host.state()).toMatchObject({ gatewayUrl: `http://127.0.0.1:${address.port}` });
  });

  it('does not start beside another broker on the same data, and does when that is gone', async () => {
    const first = open();
    await poll(() => first.host.state().kind).toBe('ready');
    const second = open();
    await poll(() => second.host.state()).toMatchObject({ kind: 'failed', code: 'in_use' });
    await first.host.close();
    second.host.retry();
    await poll(() => second.host.state().kind).toBe('ready');
  });

  it('starts again after it stopped by itself, with pauses', async () => {
    const { host, timers, troubles } = open();
    await poll(() => host.state().kind).toBe('ready');
    writeFileSync(join(files.dataFolder, 'die'), '');
    await poll(() => host.state()).toMatchObject({ kind: 'failed', code: 'stopped' });
    await expect(me(host)).rejects.toThrow();
    expect(troubles).toContain('broker stopped by itself');
    timers.advance(500);
    expect(host.state().kind).toBe('failed');
    timers.advance(500);
    await poll(() => host.state().kind).toBe('ready');
    expect(await me(host)).toBe(200);
  });

  it('is ended and started anew at a retry when it hangs, and left alone when it answers', async () => {
    const { host, timers, troubles } = open();
    await poll(() => host.state().kind).toBe('ready');
    const states: string[] = [];
    host.subscribe(() => states.push(host.state().kind));
    host.retry();
    expect(await me(host)).toBe(200);
    timers.advance(MINUTE_MS);
    const hang = join(files.dataFolder, 'hang');
    writeFileSync(hang, '');
    await poll(() => existsSync(hang)).toBe(false);
    expect(states).toEqual([]);
    const cut = expect(me(host)).rejects.toThrow('stopped');
    host.retry();
    host.retry();
    timers.advance(MINUTE_MS);
    await poll(() => host.state().kind).toBe('ready');
    await cut;
    expect(await me(host)).toBe(200);
    expect(states.filter((kind) => kind === 'ready')).toEqual(['ready']);
    expect(troubles).toContain('broker hangs');
  });

  it('closes while it is starting and leaves nothing that holds the data', async () => {
    const { host } = open();
    await host.close();
    const again = open();
    await poll(() => again.host.state().kind).toBe('ready');
  });
});
