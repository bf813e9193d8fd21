import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Broker } from '#broker/broker.ts';
import { createBroker } from '#broker/create-broker.ts';
import { parseConfig } from '#broker/config/load-config.ts';
import { brokerMigrations } from '#broker/migrations.ts';
import type { BrokerStore, Tables } from '#broker/store.ts';
import { createBrokerClient } from '#shared/client/broker-client.ts';
import type { GrantView } from '#shared/contracts/broker-api.ts';
import '#test/support/on-postgres.ts';
import { BASE_URL, expectOk, openWorld, type World } from '#test/support/broker-world.ts';
import { eventually, exchange, serveHttp, type Exchange } from '#test/support/http-exchange.ts';
import { openTestStore } from '#test/support/test-store.ts';
import { CONFIG } from '#test/support/world-files.ts';

const SOLO = readFileSync(new URL('../../../examples/solo/catalog.yaml', import.meta.url), 'utf8');
const ANSWER = 'penguins';
const MOST_PENDING = 7;
const FEW_PENDING = CONFIG.replace('pendingPerSubject: 1000', `pendingPerSubject: ${MOST_PENDING}`);
const WISH = {
  resource: 'dataset:penguins',
  actions: ['read'],
  purpose: 'research',
  justification: 'Baseline for the poster.',
  durationMs: 3_600_000,
};
const FOLDER = 'upstream: { kind: folder, path: data/penguins }';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

describe('two replicas on one database', () => {
  let world: World;
  let other: Broker;
  /** The other replica can read and write. */
  let isReachable: boolean;
  let fails: boolean;
  let called: number;

  beforeEach(async () => {
    isReachable = true;
    fails = false;
    called = 0;
    // `/stream` never ends by itself; all else is answered at once.
    const upstream = await serveHttp((asked, response) => {
      called += 1;
      if (fails) response.writeHead(500).end();
      else if (asked.url === '/stream') response.write('first');
      else if (asked.url === '/pieces') sendPieces(response);
      else response.end(ANSWER);
    });
    closing.push(upstream.close);
    const catalog = SOLO.replace(
      FOLDER,
      `quotaBytes: ${3 * ANSWER.length}\n    upstream: { kind: http, url: '${upstream.url}', privateNetwork: true }`,
    );
    world = await openWorld({ catalog, config: FEW_PENDING });
    closing.push(world.close);
    other = await startOther();
  });

  async function startOther(): Promise<Broker> {
    const { folder, clock, keys } = world;
    const path = join(folder, 'state', 'broker.sqlite');
    const created = await createBroker({
      loaded: expectOk(parseConfig({ file: join(folder, 'daypass.yaml'), text: FEW_PENDING })),
      store: cutOff(await openTestStore<Tables>({ path, migrations: brokerMigrations }), () => isReachable),
      clock,
      keys,
      secret: (reference) => Promise.reject(new Error(`no secret ${reference} in this world`)),
      onTrouble: () => undefined,
    });
    const broker = expectOk(created);
    closing.push(broker.close);
    return broker;
  }

  type Held = {
    readonly grant: GrantView;
    readonly token: string;
    /** Asks again, as who lost the answer does. */
    readonly again: () => Promise<Held>;
  };

  async function collectHere(over: { readonly endsWith?: 'operation' } = {}): Promise<Held> {
    const ana = await world.as('ana');
    const { id } = expectOk(await ana.submit({ ...WISH, ...over }, randomUUID()));
    const collectId = randomUUID();
    const collect = async (): Promise<Held> => {
      const { grant, credential } = expectOk(await ana.collect(id, collectId));
      return { grant, token: credential.secret, again: collect };
    };
    return await collect();
  }

  const revokeHere = async ({ grant }: Held): Promise<void> =>
    void expectOk(await (await world.as('lee')).revoke(grant.id, 'No longer needed.'));
  const portOf = ({ gatewayUrl }: Broker): number => Number(new URL(gatewayUrl).port);
  const use = async (broker: Broker, { token }: Held, file = 'a.csv'): Promise<Exchange> =>
    await exchange({ port: portOf(broker), path: `/gateway/dataset/penguins/${file}`, token });

  /** A call that is answered and goes on; `cut` resolves when the connection is broken. */
  async function stream(broker: Broker, { token }: Held): Promise<{ readonly cut: Promise<unknown> }> {
    const asked = request({
      port: portOf(broker),
      host: '127.0.0.1',
      path: '/gateway/dataset/penguins/stream',
      headers: { authorization: `Bearer ${token}` },
      agent: false,
    });
    asked.on('error', () => undefined).end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(200);
    response.on('error', () => undefined);
    await once(response, 'data');
    return { cut: new Promise((resolve) => response.once('close', () => resolve(response.complete))) };
  }

  async function introspect({ token }: Held): Promise<unknown> {
    const asked = new Request('http://broker.daypass.internal/oauth/introspect', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ token }),
    });
    return await (await other.fetch(asked, { kind: 'embedded', user: 'warehouse' })).json();
  }

  async function kindsOf({ grant }: Held): Promise<readonly string[]> {
    await world.broker().ledger.settled();
    const rows = await world
      .store()
      .read.selectFrom('ledger_records')
      .select('kind')
      .where('grant_id', '=', grant.id)
      .orderBy('sequence')
      .execute();
    return rows.map(({ kind }) => kind);
  }

  it('let a token in that the other one issued, also after a start', async () => {
    const held = await collectHere();
    expect((await use(other, held)).text).toBe(ANSWER);
    expect(await introspect(held)).toMatchObject({ active: true, grant_id: held.grant.id });
    await other.close();
    other = await startOther();
    expect((await use(other, held)).status).toBe(200);
    expect(await kindsOf(held)).not.toContain('use.refused');
  });

  it('finish at their start an end that nobody is at, though its next try is not due', async () => {
    const held = await collectHere();
    await other.close();
    await world.store().transaction(async (tx) => {
      const later = { state: 'revoking' as const, retry_at_ms: world.clock.now() + 30_000 };
      await tx.updateTable('grants').set(later).where('id', '=', held.grant.id).execute();
    });
    other = await startOther();
    expect(await kindsOf(held)).toContain('grant.ended');
  });

  it('refuse the very next call after the other one revoked, and open nothing for it', async () => {
    for (let round = 0; round < 5; round += 1) {
      const held = await collectHere();
      expect((await use(other, held)).status).toBe(200);
      const before = called;
      await revokeHere(held);
      const answers = await Promise.all([use(other, held), use(other, held), introspect(held)]);
      expect(answers.slice(0, 2)).toMatchObject([{ status: 401 }, { status: 401 }]);
      expect(answers[2]).toEqual({ active: false });
      expect(called).toBe(before);
      expect((await kindsOf(held)).filter((kind) => kind === 'use.started')).toHaveLength(1);
    }
  });

  it('refuse it also where memory still says that it lives', async () => {
    const held = await collectHere();
    expect((await use(other, held)).status).toBe(200);
    // As the other replica writes it, and nothing tells of it.
    await world.store().transaction(async (tx) => {
      await tx.updateTable('grants').set({ state: 'revoking' }).where('id', '=', held.grant.id).execute();
    });
    expect((await use(other, held)).status).toBe(401);
    expect(await introspect(held)).toEqual({ active: false });
    expect(called).toBe(1);
    await eventually(async () => (await kindsOf(held)).includes('use.refused'));
  });

  it('weigh what one person asks of both at the same time one after another', async () => {
    const here = await world.as('ana');
    const there = createBrokerClient({
      fetch: async (asked) => await other.fetch(asked, { kind: 'embedded', user: 'ana' }),
      baseUrl: BASE_URL,
      deviceKey: await world.deviceKey('ana'),
      clock: world.clock,
    });
    const asks = await Promise.all(
      Array.from({ length: 24 }, async (_, index) => await (index % 2 === 0 ? here : there).submit(WISH, randomUUID())),
    );
    expect(asks.filter(({ ok }) => ok)).toHaveLength(MOST_PENDING);
    const refused = asks.flatMap((asked) => (asked.ok ? [] : [asked.error.code]));
    expect(new Set(refused)).toEqual(new Set(['rate_limited']));
  });

  it('count the bytes of both towards one quota', async () => {
    const held = await collectHere();
    const statuses: number[] = [];
    for (const broker of [world.broker(), other, world.broker(), other, world.broker()]) {
      statuses.push((await use(broker, held)).status);
      const ended = async (): Promise<number> => (await kindsOf(held)).filter((kind) => kind === 'use.finished').length;
      await eventually(async () => (await ended()) === statuses.length);
    }
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
  });

  it('let two streams at once have no more than the one quota', async () => {
    const held = await collectHere();
    const answers = await Promise.all([
      use(world.broker(), held, 'pieces'),
      use(other, held, 'pieces'),
      use(other, held, 'pieces'),
    ]);
    const bytes = answers.filter(({ status }) => status === 200).reduce((sum, answer) => sum + answer.bytes.length, 0);
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThanOrEqual(3 * ANSWER.length);
    const taken = async (): Promise<number> =>
      Number(
        (await world.store().read.selectFrom('gateway_quota').select('bytes_out').executeTakeFirstOrThrow()).bytes_out,
      );
    await eventually(async () => (await kindsOf(held)).filter((kind) => kind.startsWith('use.')).length === 6);
    expect(await taken()).toBeLessThanOrEqual(3 * ANSWER.length);
  });

  it('end a grant on record only when nothing of it runs at the other one any more', async () => {
    const held = await collectHere();
    const running = await stream(other, held);
    await revokeHere(held);
    expect(await running.cut).toBe(false);
    const kinds = await kindsOf(held);
    expect(kinds.indexOf('use.interrupted')).toBeGreaterThan(0);
    expect(kinds.indexOf('grant.ended')).toBeGreaterThan(kinds.indexOf('use.interrupted'));
  });

  it('say that a revoke failed while the other one, which hears nothing, goes on with a call', async () => {
    const held = await collectHere();
    const running = await stream(other, held);
    isReachable = false;
    await revokeHere(held);
    const kinds = await kindsOf(held);
    expect(kinds).toContain('grant.revoke_failed');
    expect(kinds).not.toContain('grant.ended');
    expect(await running.cut).toBe(false);
    isReachable = true;
  });

  it('cut what runs when the other one revokes, and leave what others hold alone', async () => {
    const [held, kept] = [await collectHere(), await collectHere()];
    const [running, keeps] = [await stream(other, held), await stream(other, kept)];
    let isCut = false;
    void keeps.cut.then(() => (isCut = true));
    await revokeHere(held);
    expect(await running.cut).toBe(false);
    expect(isCut).toBe(false);
    await eventually(async () => (await kindsOf(held)).includes('use.interrupted'));
  });

  it('cut what runs when its end cannot be heard, and when nothing can be heard at all', async () => {
    const [held, kept] = [await collectHere(), await collectHere()];
    const [running, keeps] = [await stream(other, held), await stream(other, kept)];
    // No record, no notification: only asking finds out.
    await world.store().transaction(async (tx) => {
      await tx.updateTable('grants').set({ state: 'revoking' }).where('id', '=', held.grant.id).execute();
    });
    expect(await running.cut).toBe(false);
    isReachable = false;
    expect((await use(other, kept)).status).toBe(503);
    expect(await keeps.cut).toBe(false);
    isReachable = true;
    expect((await use(other, kept)).status).toBe(200);
  });

  it('stop the earlier credential when the other one gives a new one', async () => {
    const earlier = await collectHere();
    const running = await stream(other, earlier);
    const later = await earlier.again();
    expect((await use(other, earlier)).status).toBe(401);
    expect(await running.cut).toBe(false);
    expect((await use(other, later)).status).toBe(200);
  });

  it('let in one call between them where access ends with its operation', async () => {
    for (let round = 0; round < 5; round += 1) {
      const held = await collectHere({ endsWith: 'operation' });
      const before = called;
      const brokers = Array.from({ length: 8 }, (_, index) => (index % 2 === 0 ? other : world.broker()));
      const answers = await Promise.all(brokers.map(async (broker) => await use(broker, held)));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(called - before).toBe(1);
      await eventually(async () => (await kindsOf(held)).includes('grant.ended'));
      expect((await kindsOf(held)).filter((kind) => kind === 'use.started')).toHaveLength(1);
    }
  });

  it('refuse a second call while the one runs elsewhere, and give the place back when it failed', async () => {
    const held = await collectHere({ endsWith: 'operation' });
    fails = true;
    expect((await use(world.broker(), held)).status).toBe(500);
    fails = false;
    await eventually(async () => (await kindsOf(held)).includes('use.finished'));
    await stream(world.broker(), held);
    expect((await use(other, held)).status).toBe(409);
  });
});

/** As much as the quota, in pieces, of a length that nobody says before. */
function sendPieces(response: ServerResponse, left = 3): void {
  if (left === 0) return void response.end();
  response.write(ANSWER);
  setTimeout(() => sendPieces(response, left - 1), 5);
}

/** A database that cannot be asked, and from which nothing is heard, while `isReachable` says no. */
function cutOff(store: BrokerStore, isReachable: () => boolean): BrokerStore {
  const refuse = (): never => {
    throw new Error('the database is away');
  };
  const { shared } = store;
  if (shared === null) throw new Error('this is about databases that are shared');
  return {
    ...store,
    get read() {
      return isReachable() ? store.read : refuse();
    },
    transaction: async (work, options) => (isReachable() ? await store.transaction(work, options) : refuse()),
    shared: {
      ...shared,
      statement: async (query) => (isReachable() ? await shared.statement(query) : refuse()),
      listen: (channel, listener) => shared.listen(channel, () => void (isReachable() && listener())),
    },
  };
}
