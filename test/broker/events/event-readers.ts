// Reads /v1/events of a whole broker with the parser that browsers' clients use.
import { createParser } from 'eventsource-parser';
import { BASE_URL, type World } from '#test/support/broker-world.ts';

export type Seen = {
  readonly id: number;
  readonly kind: string;
  readonly requestId: string | null;
  readonly grantId: string | null;
};

export type EventReader = {
  /** All that has come so far. */
  readonly seen: readonly Seen[];
  /** What came as it was written, comments too. */
  readonly text: () => string;
  /** Waits until an event of this kind about this thing came. */
  readonly until: (kind: string, id: string) => Promise<void>;
  readonly stop: () => Promise<void>;
  /** Resolves when the broker ended the stream. */
  readonly ended: Promise<void>;
};

export async function openStream(
  world: World,
  user: string,
  lastEventId?: number,
  signal?: AbortSignal,
): Promise<Response> {
  const headers = lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) };
  const request = new Request(`${BASE_URL}/v1/events`, { headers, ...(signal === undefined ? {} : { signal }) });
  const response = await world.call(request, user);
  if (response.status !== 200) throw new Error(`no events: ${await response.text()}`);
  return response;
}

export async function readEvents(world: World, user: string, lastEventId?: number): Promise<EventReader> {
  const response = await openStream(world, user, lastEventId);
  if (response.body === null) throw new Error('no stream');
  const seen: Seen[] = [];
  let text = '';
  let changed: () => void = () => undefined;
  const parser = createParser({
    onEvent: ({ id, event, data }) => {
      const parsed = JSON.parse(data) as Seen;
      if (String(parsed.id) !== id || parsed.kind !== event) throw new Error('an event contradicts its own fields');
      seen.push(parsed);
      changed();
    },
    onError: (error) => {
      throw error;
    },
  });
  const reader = response.body.getReader();
  const pump = async (): Promise<void> => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const part = Buffer.from(value).toString('utf8');
      text += part;
      parser.feed(part);
    }
  };
  return {
    seen,
    text: () => text,
    until: async (kind, id) => {
      const has = (): boolean => seen.some((e) => e.kind === kind && (e.requestId === id || e.grantId === id));
      while (!has()) await new Promise<void>((resolve) => void (changed = resolve));
    },
    stop: async () => await reader.cancel(),
    ended: pump(),
  };
}
