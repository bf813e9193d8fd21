// fetch over a MessagePort between two real threads.
import { MessageChannel, Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchOver, PortClosedError, type FetchOverPort } from '#shared/port/fetch-client.ts';

let worker: Worker;
let close: () => void;
let call: FetchOverPort;
beforeEach(() => {
  const { port1, port2 } = new MessageChannel();
  worker = new Worker(new URL('./port-worker.ts', import.meta.url), {
    workerData: { port: port2 },
    transferList: [port2],
  });
  close = () => port1.close();
  call = fetchOver(port1);
});
afterEach(async () => {
  close();
  await worker.terminate();
});

const at = (path: string, init: RequestInit = {}): Request => new Request(`http://broker.internal${path}`, init);
const counts = async (): Promise<Record<'pulled' | 'cancelled' | 'aborted', number>> =>
  (await (await call(at('/counts'), 'ana')).json()) as Record<'pulled' | 'cancelled' | 'aborted', number>;
const eventually = async (check: () => Promise<boolean>): Promise<void> => {
  while (!(await check())) await new Promise((resolve) => setTimeout(resolve, 5));
};

describe('a call over the port', () => {
  it('carries method, user, headers and bytes there, and status, headers and bytes back', async () => {
    const bytes = new Uint8Array(200_000).map((_, index) => index % 251);
    const response = await call(at('/echo', { method: 'PUT', headers: { 'x-one': 'é' }, body: bytes }), 'ana');
    expect(response.status).toBe(201);
    expect(response.headers.get('x-method')).toBe('PUT');
    expect(response.headers.get('x-user')).toBe('ana');
    expect(response.headers.get('x-seen')).toContain('x-one=é');
    expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
  });

  it('keeps headers that come more than once apart', async () => {
    const response = await call(at('/cookies'), 'ana');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  });

  it.each([204, 205, 304])('gives an answer of %i, which has no body', async (status) => {
    const response = await call(at(`/status?is=${status}`), 'ana');
    expect(response.status).toBe(status);
    expect(response.body).toBeNull();
  });

  it('mixes up nothing when there are many at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 500 }, async (_, index) => {
        const response = await call(at('/echo', { method: 'POST', body: `body ${index}` }), `user ${index}`);
        return `${response.headers.get('x-user')} ${await response.text()}`;
      }),
    );
    expect(answers).toEqual(answers.map((_, index) => `user ${index} body ${index}`));
  });

  it('fails without saying why when the handler throws', async () => {
    await expect(call(at('/throws'), 'ana')).rejects.toThrow(/^the broker failed to answer$/);
  });

  it('fails when the answer cannot be one, and breaks nothing', async () => {
    await expect(call(at('/no-such'), 'ana')).rejects.toThrow(/^the broker failed to answer$/);
    expect((await call(at('/counts'), 'ana')).status).toBe(200);
  });
});

describe('a streamed answer', () => {
  it('arrives whole and in order', async () => {
    const response = await call(at('/numbers?count=1000'), 'ana');
    const numbers = (await response.text()).trim().split(' ').map(Number);
    expect(numbers).toEqual(Array.from({ length: 1000 }, (_, index) => index + 1));
  });

  it('is pulled only as fast as it is read', async () => {
    const response = await call(at('/numbers?count=1000'), 'ana');
    expect((await counts()).pulled).toBe(0);
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.read();
    expect((await counts()).pulled).toBe(2);
    await reader?.cancel();
  });

  it('answers reads that were asked for before their chunk came', async () => {
    const reader = (await call(at('/numbers?count=3'), 'ana')).body?.getReader();
    const reads = await Promise.all([1, 2, 3, 4].map(async () => await reader?.read()));
    expect(reads.map((read) => read?.done)).toEqual([false, false, false, true]);
  });

  it('brings its chunk alone, not the buffer that the chunk lay in', async () => {
    const reader = (await call(at('/numbers?count=1'), 'ana')).body?.getReader();
    const read = await reader?.read();
    expect(read?.value?.buffer.byteLength).toBe(2);
  });

  it('ends at its source when the reader cancels', async () => {
    const response = await call(at('/numbers?count=1000'), 'ana');
    await response.body?.cancel();
    await eventually(async () => (await counts()).cancelled === 1);
  });

  it('fails for the reader when it breaks at its source, without saying why', async () => {
    const response = await call(at('/breaks'), 'ana');
    await expect(response.text()).rejects.toThrow(/^the broker failed to answer$/);
  });
});

describe('an aborted call', () => {
  it('rejects at once with the reason, and tells the handler', async () => {
    const stop = new AbortController();
    const answer = call(at('/never', { signal: stop.signal }), 'ana');
    setTimeout(() => stop.abort(), 20);
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
    await eventually(async () => (await counts()).aborted === 1);
  });

  it('rejects with whatever reason was given', async () => {
    const stop = new AbortController();
    const answer = call(at('/never', { signal: stop.signal }), 'ana');
    setTimeout(() => stop.abort('enough'), 20);
    await expect(answer).rejects.toBe('enough');
  });

  it('is not sent when it was aborted before', async () => {
    await expect(call(at('/never', { signal: AbortSignal.abort() }), 'ana')).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect((await counts()).aborted).toBe(0);
  });

  it('ends the stream that its handler gives too late', async () => {
    const stop = new AbortController();
    const answer = call(at('/late', { signal: stop.signal }), 'ana');
    setTimeout(() => stop.abort(), 20);
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
    await eventually(async () => (await counts()).cancelled === 1);
  });

  it('ends a stream that is being read', async () => {
    const stop = new AbortController();
    const response = await call(at('/numbers?count=1000', { signal: stop.signal }), 'ana');
    const reader = response.body?.getReader();
    await reader?.read();
    stop.abort();
    await expect(reader?.read()).rejects.toMatchObject({ name: 'AbortError' });
    await eventually(async () => (await counts()).cancelled === 1);
  });
});

describe('a port whose other thread is gone', () => {
  it('rejects what waits, what streams, and what comes after', async () => {
    const streaming = await call(at('/numbers?count=1000'), 'ana');
    const reader = streaming.body?.getReader();
    await reader?.read();
    const waiting = expect(call(at('/never'), 'ana')).rejects.toBeInstanceOf(PortClosedError);
    await worker.terminate();
    await waiting;
    await expect(reader?.read()).rejects.toBeInstanceOf(PortClosedError);
    await expect(call(at('/echo'), 'ana')).rejects.toBeInstanceOf(PortClosedError);
  });

  it('rejects them too when it is closed on this side', async () => {
    const waiting = expect(call(at('/never'), 'ana')).rejects.toBeInstanceOf(PortClosedError);
    await counts();
    close();
    await waiting;
    await expect(call(at('/echo', { method: 'POST', body: 'x' }), 'ana')).rejects.toBeInstanceOf(PortClosedError);
  });
});
