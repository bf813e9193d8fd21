// The other thread of the port's tests: answers by path, and counts what its streams were asked for.
import { workerData, type MessagePort } from 'node:worker_threads';
import { serveFetch } from '#shared/port/fetch-server.ts';

const { port } = workerData as { port: MessagePort };
const counts = { pulled: 0, cancelled: 0, aborted: 0 };

function numbered(chunks: number): ReadableStream<Uint8Array> {
  let sent = 0;
  return new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        counts.pulled += 1;
        // A small view of a pooled buffer, as most buffers are.
        if (sent < chunks) controller.enqueue(Buffer.from(`${(sent += 1)} `));
        else controller.close();
      },
      cancel: () => {
        counts.cancelled += 1;
      },
    },
    { highWaterMark: 0 },
  );
}

async function whenAborted(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve());
  });
  counts.aborted += 1;
}

async function handle(request: Request, user: string): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  switch (pathname) {
    case '/echo': {
      const body = await request.arrayBuffer();
      const headers = new Headers({ 'x-method': request.method, 'x-user': user });
      for (const [name, value] of request.headers) headers.append('x-seen', `${name}=${value}`);
      return new Response(body, { status: 201, headers });
    }
    case '/status':
      return new Response(null, { status: Number(searchParams.get('is')) });
    case '/cookies': {
      const headers = new Headers();
      headers.append('set-cookie', 'a=1');
      headers.append('set-cookie', 'b=2');
      return new Response('two', { headers });
    }
    case '/numbers':
      return new Response(numbered(Number(searchParams.get('count'))));
    case '/breaks':
      return new Response(
        new ReadableStream({
          start: (controller) => controller.enqueue(Buffer.from('half ')),
          pull: (controller) => controller.error(new Error('the secret reason')),
        }),
      );
    case '/throws':
      throw new Error('the secret reason');
    case '/late':
      await whenAborted(request.signal);
      return new Response(numbered(5));
    case '/never':
      await whenAborted(request.signal);
      throw new Error('aborted');
    case '/counts':
      return Response.json(counts);
    default:
      return Response.error();
  }
}

serveFetch(port, handle);
