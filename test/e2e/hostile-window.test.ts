// A window that was taken over sends ten thousand things that nobody should send: each is refused, nothing changes,
// the log stays small and says nothing of them, and the app goes on.
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { channelOf, COMMAND_NAMES } from '#shared/contracts/desktop/channels.ts';
import type { DesktopState } from '#shared/contracts/desktop/state.ts';
import { readAgentDatabase } from './support/agent-database.ts';
import { checkOut, must, PATIENCE_MS, served, stateThat } from './support/knock.ts';
import { type Daypass, openDaypass } from './support/open-daypass.ts';
import { copiesInKeychain, exportedLogs } from './support/outside.ts';

const CALLS = 10_000;
/** In all that is sent: the log may not show it. */
const MARK = 'hostile-marker';
const TABLES = [
  'session_values',
  'session_checkouts',
  'session_wishes',
  'session_favourites',
  'local_copies',
  'desk_sinks',
];

it('refuses ten thousand malformed calls and goes on as if nothing was', { timeout: 4 * PATIENCE_MS }, async () => {
  await using daypass = await openDaypass();
  const { desk } = daypass;
  const page = await desk.window();
  await served(page);
  await checkOut(page);
  const before = await everything(daypass, page, 'before');
  const logBefore = desk.app.log().length;
  const startedAtMs = performance.now();
  const answers = await flood(page, CALLS);
  console.log(`${CALLS} calls in ${Math.round(performance.now() - startedAtMs)} ms: ${JSON.stringify(answers)}`);
  expect(answers.taken).toEqual([]);
  expect(answers.malformed + answers.thrown + answers.other).toBe(CALLS);
  expect(answers.malformed).toBeGreaterThan(CALLS / 2);
  if (desk.host === 'stand-in') await sendThroughThePreload(page);
  expect(await everything(daypass, page, 'after')).toEqual(before);
  const said = desk.app.log().slice(logBefore);
  expect(said).not.toContain(MARK);
  expect(said.length).toBeLessThan(100_000);
  await must(page, 'end-everything', null);
  expect(await copiesInKeychain(desk)).toEqual([]);
  await checkOut(page);
});

type Everything = {
  readonly state: Partial<DesktopState>;
  readonly rows: readonly unknown[];
  readonly copies: readonly unknown[];
  readonly told: readonly string[];
};

/** All that a call could have changed; the two logs only grow by what their syncing writes. */
async function everything({ desk, files }: Daypass, page: Page, name: string): Promise<Everything> {
  const {
    nowMs: _now,
    sync: _sync,
    verification: _verification,
    ...state
  } = await stateThat(page, 'nothing in between', ({ requests }) => requests.length === 0);
  const { desktop, ledger } = await exportedLogs(desk, page, name);
  return {
    state,
    rows: TABLES.flatMap((table) => readAgentDatabase(files.dataFolder, `select count(*) from ${table}`)),
    copies: await copiesInKeychain(desk),
    told: [...desktop, ...ledger].map(({ kind }) => kind).filter((kind) => !kind.startsWith('audit.')),
  };
}

type Answers = {
  readonly malformed: number;
  readonly thrown: number;
  /** Refused for another reason than its shape. */
  readonly other: number;
  readonly taken: readonly string[];
};

/** Every command gets everything; a call through the bridge of a name that is none counts too. */
async function flood(page: Page, calls: number): Promise<Answers> {
  return await page.evaluate(
    async ({ names, mark, count }) => {
      type Send = (name: unknown, args?: unknown) => Promise<{ ok: boolean; error?: { code: string } }>;
      const { send } = (globalThis as unknown as { daypass: { send: Send } }).daypass;
      const cycle: Record<string, unknown> = { mark };
      cycle['self'] = cycle;
      let deep: unknown = mark;
      for (let level = 0; level < 500; level += 1) deep = { deep };
      const huge = mark + 'x'.repeat(1_000_000);
      const wish = {
        resource: 'dataset:penguins',
        actions: ['read'],
        purpose: 'analysis',
        justification: mark,
        ticket: null,
        durationMs: 60_000,
        startAtMs: null,
        endsWithOperation: false,
        extendsGrant: null,
      };
      const makers: readonly (() => unknown)[] = [
        () => undefined,
        () => 0,
        () => -1,
        () => Number.NaN,
        () => Number.POSITIVE_INFINITY,
        () => true,
        () => mark,
        () => '',
        () => [],
        () => [null],
        () => ({}),
        () => ({ mark }),
        () => [mark, mark],
        () => cycle,
        () => deep,
        () => new Date(0),
        () => new Map([[mark, mark]]),
        () => new Set([mark]),
        () => new Uint8Array(64),
        () => /hostile-marker/,
        () => 10n,
        () => () => mark,
        () => Symbol(mark),
        () => new Error(mark),
        () => new Proxy({}, { get: () => mark, ownKeys: () => [mark] }),
        () =>
          JSON.parse(`{"__proto__":{"grantId":"${mark}"},"constructor":{"prototype":{"polluted":true}}}`) as unknown,
        () => Object.create({ grantId: mark, requestId: mark, ...wish }) as unknown,
        () => ({
          get grantId() {
            throw new Error(mark);
          },
        }),
        () => ({ grantId: { toString: () => mark } }),
        () => ({ grantId: [mark] }),
        () => ({ grantId: `../../${mark}` }),
        () => ({ grantId: `' or 1=1 -- ${mark}` }),
        () => ({ requestId: `${mark}\0` }),
        () => ({ requestId: mark.repeat(100) }),
        () => ({ wish, attempt: '' }),
        () => ({ wish: { ...wish, extra: mark }, attempt: `${mark}-attempt` }),
        () => ({ wish: { ...wish, resource: `dataset:../${mark}` }, attempt: `${mark}-attempt` }),
        () => ({ ...wish, durationMs: '60000' }),
        () => ({ ...wish, durationMs: 1e308 }),
        () => ({ ...wish, durationMs: -60_000 }),
        () => ({ ...wish, actions: Array.from({ length: 1000 }, () => 'read') }),
        () => ({ ...wish, actions: 'read' }),
        () => ({ ...wish, justification: mark.repeat(1000) }),
        () => ({ user: `${mark} or anybody` }),
        () => ({ wipeOnQuit: false, wipeOnLock: true }),
        () => ({ __proto__: null, wipeOnQuit: 'no' }),
        () => ({ theme: huge.slice(0, 5000) }),
        () => ({ agree: 'yes' }),
        () => ({ what: 'everything' }),
        () => ({ grantId: mark, kind: 'curl; rm' }),
        () => ({ resource: 'dataset:penguins', favourite: 1 }),
        () => ({ requestId: mark, scopeHash: mark, typed: 1 }),
        () => ({ requestId: mark, scopeHash: mark, answer: 'approve' }),
        () => ({ kind: 'file', name: 'evil', folder: '/etc/cron.d' }),
        () => ({ kind: 'file', name: '../evil', folder: '/tmp' }),
        () => ({ kind: 'file', name: 'evil', folder: '/tmp', path: '/etc/passwd' }),
        () => ({ kind: 'webhook', name: 'evil', url: `http://evil.example/${mark}`, secret: `whsec_${mark}` }),
        () => ({ kind: 'otlp', name: 'evil', url: `https://u:p@evil.example/`, header: null }),
        () => ({ kind: 'otlp', name: 'evil', url: 'https://evil.example/', header: { name: 'X', value: 'a\r\nB: c' } }),
        () => ({ name: mark, secret: mark }),
        () => ({ name: mark }),
        () => ({ name: 'constructor' }),
      ];
      const strangeNames: readonly unknown[] = [
        'nope',
        '__proto__',
        'constructor',
        'toString',
        'daypass:get-state',
        '../get-state',
        'GET-STATE',
        'state',
        '',
        0,
        null,
        undefined,
        {},
        [],
        ['get-state'],
        { toString: () => 'get-state' },
        'electron-store-get-data',
      ];
      const answers = { malformed: 0, thrown: 0, other: 0, taken: [] as string[] };
      const one = async (name: unknown, args: unknown): Promise<void> => {
        try {
          const answer = await send(name, args);
          if (answer.ok) answers.taken.push(String(name));
          else if (answer.error?.code === 'malformed') answers.malformed += 1;
          else answers.other += 1;
        } catch {
          answers.thrown += 1;
        }
      };
      for (let sent = 0; sent < count;) {
        const batch: Promise<void>[] = [];
        for (; batch.length < 200 && sent < count; sent += 1) {
          const make = makers[sent % makers.length] ?? (() => mark);
          const strange = sent % 10 === 9;
          const name = strange
            ? strangeNames[Math.floor(sent / 10) % strangeNames.length]
            : names[Math.floor(sent / makers.length) % names.length];
          // A megabyte now and then: each is parsed whole.
          batch.push(one(name, sent % 1000 === 500 ? { grantId: huge } : make()));
        }
        await Promise.all(batch);
      }
      return answers;
    },
    { names: COMMAND_NAMES, mark: MARK, count: calls },
  );
}

/**
 * A page that broke out into the preload's world can send to any channel, any number of arguments. Nobody waits for the
 * answers: whether anything was taken shows in what changed.
 */
async function sendThroughThePreload(page: Page): Promise<void> {
  const devTools = await page.context().newCDPSession(page);
  const worlds: { readonly id: number; readonly name: string }[] = [];
  devTools.on('Runtime.executionContextCreated', ({ context }) => worlds.push(context));
  await devTools.send('Runtime.enable');
  const world = worlds.find(({ name }) => name === 'stand-in preload');
  if (world === undefined) throw new Error('the preload has no world of its own');
  const channels = [...COMMAND_NAMES.map(channelOf), 'daypass:nope', 'electron-store-get-data', '__proto__'];
  const attack = (all: readonly string[], mark: string): string => `
    for (const channel of ${JSON.stringify(all)}) {
      for (const args of [[], ['${mark}'], [7, '${mark}'], [null, true], [null, null, null]]) {
        __standInSend(JSON.stringify({ is: 'invoke', id: 1e9, channel, args }));
        __standInSend(JSON.stringify({ is: 'send', channel, args }));
      }
    }`;
  const sent = await devTools.send('Runtime.evaluate', { expression: attack(channels, MARK), contextId: world.id });
  await devTools.detach();
  expect(sent.exceptionDetails).toBeUndefined();
}
