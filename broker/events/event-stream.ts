// Writes events as server-sent events (WHATWG HTML, section 9.2), with a comment now and then so that dead readers show.
// Nothing runs before somebody reads, and nothing is read ahead of the reader.
import { SECOND_MS } from '#shared/domain/time.ts';
import type { BrokerEvent } from './events.ts';

const KEEP_ALIVE_MS = 15 * SECOND_MS;

/** Streams the events until they end or the reader cancels, which aborts `stop`. */
export function eventStream(events: AsyncGenerator<BrokerEvent>, stop: AbortController): Response {
  const encoder = new TextEncoder();
  let greeted = false;
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        if (!greeted) {
          greeted = true;
          controller.enqueue(encoder.encode(': connected\n\n'));
          return;
        }
        const keepAlive = setInterval(() => {
          // Below zero a comment waits to be read already.
          if (controller.desiredSize === 0) controller.enqueue(encoder.encode(': still here\n\n'));
        }, KEEP_ALIVE_MS);
        keepAlive.unref();
        try {
          const next = await events.next();
          if (cancelled) return;
          if (next.done === true) controller.close();
          else controller.enqueue(encoder.encode(format(next.value)));
        } finally {
          clearInterval(keepAlive);
        }
      },
      cancel: () => {
        cancelled = true;
        stop.abort();
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
  });
}

function format(event: BrokerEvent): string {
  return `id: ${event.id}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`;
}
