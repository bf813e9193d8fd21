// Writes events as server-sent events (WHATWG HTML, section 9.2), with a comment now and then so that dead readers show.
import { SECOND_MS } from '#shared/domain/time.ts';
import type { BrokerEvent } from './events.ts';

const KEEP_ALIVE_MS = 15 * SECOND_MS;

export function eventStream(events: AsyncGenerator<BrokerEvent>, stop: AbortController): Response {
  const encoder = new TextEncoder();
  let keepAlive: NodeJS.Timeout | undefined;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      controller.enqueue(encoder.encode(': connected\n\n'));
      keepAlive = setInterval(() => {
        if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(': still here\n\n'));
      }, KEEP_ALIVE_MS);
      keepAlive.unref();
    },
    pull: async (controller) => {
      const next = await events.next();
      if (next.done === true) {
        clearInterval(keepAlive);
        controller.close();
      } else controller.enqueue(encoder.encode(format(next.value)));
    },
    cancel: () => {
      clearInterval(keepAlive);
      stop.abort();
    },
  });
  return new Response(body, {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
  });
}

function format(event: BrokerEvent): string {
  return `id: ${event.id}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`;
}
