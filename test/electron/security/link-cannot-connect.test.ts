// A link is anybody's words. One that names a broker shows an address and does nothing else: no call goes out, nothing is
// chosen, signed in to or given up, on a desktop of its own and on one that the organisation manages.
import { readFileSync, readdirSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { followLink } from '#electron/shell/links.ts';
import { parseLink } from '#electron/shell/parse-link.ts';
import { BROKER_URL } from '#shared/contracts/desktop/broker-url.ts';
import type { Route } from '#shared/contracts/desktop/route.ts';
import { openTeamDesk, type TeamDesk } from '#test/support/team-desk.ts';

// Outside of Electron its module is a path to a program.
vi.mock('electron', () => ({ app: { isPackaged: false } }));

/** Whoever connects here was led by a link. */
let trap: Server;
let visitors = 0;
const trapAddress = (): string => `127.0.0.1:${(trap.address() as AddressInfo).port}`; // A TCP server has one.
beforeAll(async () => {
  trap = createServer((socket) => {
    visitors += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  trap.close();
});

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const MANAGED = 'https://daypass.invalid';

/** Nobody ever agrees to anything at this desk. */
async function openDesk(managedBroker: string | null): Promise<{ readonly desk: TeamDesk; readonly called: string[] }> {
  const called: string[] = [];
  const desk = await openTeamDesk({ account: null, managedBroker, onCall: ({ origin }) => void called.push(origin) });
  open.push(desk.dispose);
  return { desk, called };
}

/** What a link must not change. */
function standing({ agent, keychain, folder }: TeamDesk): unknown {
  const { mode, connection, me, grants, requests } = agent.state();
  const files = readdirSync(folder).sort();
  const chosen = files.includes('broker.json') ? readFileSync(join(folder, 'broker.json'), 'utf8') : null;
  const areas = files.includes('brokers') ? readdirSync(join(folder, 'brokers')) : [];
  return { mode, connection, me, grants, requests, chosen, areas, keychain: [...keychain.items.keys()].sort() };
}

/** Where the window was told to go, once the link was looked at. Null: the link was refused. */
async function follow(link: string): Promise<Route | null> {
  return await new Promise<Route | null>((resolve, reject) => {
    followLink(link, resolve, {
      info: (event) => (event === 'link.refused' ? resolve(null) : undefined),
      trouble: (_event, error) => reject(error instanceof Error ? error : new Error('a link that fails')),
    });
  });
}

const connect = (url: string): string => `daypass://connect?url=${encodeURIComponent(url)}`;

const HOSTILE: readonly (readonly [string, () => string])[] = [
  ['runs code', () => connect('javascript:fetch("https://evil.example")')],
  ['holds a page', () => connect('data:text/html,<script>alert(1)</script>')],
  ['names a file', () => connect('file:///etc/passwd')],
  ['is another link', () => connect('daypass://connect?url=https://evil.example')],
  ['goes over http to another host', () => connect('http://evil.example')],
  ['goes over http to a host that begins like this machine', () => connect('http://127.0.0.1.evil.example')],
  ['goes over http to this machine with a host behind it', () => connect('http://localhost@evil.example')],
  ['names a user and a password', () => connect(`https://ana:secret@${trapAddress()}`)],
  ['looks like the organisation before an @', () => connect(`https://daypass.example.org@${trapAddress()}`)],
  ['has letters that look like others', () => connect('https://d\u0430ypass.example.org')],
  ['turns its words around', () => connect('https://gro.elpmaxe\u202E.example')],
  ['has a line break within', () => connect('https://daypass.example.org\r\nHost: evil.example')],
  ['has a zero character', () => connect('https://daypass.example.org\u0000.evil.example')],
  ['has a backslash', () => connect('https://daypass.example.org\\@evil.example')],
  ['has a query', () => connect(`http://${trapAddress()}/?accept=yes`)],
  ['has a fragment', () => connect(`http://${trapAddress()}/#accept`)],
  ['has more to say', () => `${connect(`http://${trapAddress()}`)}&accept=yes`],
  ['wants to be confirmed', () => `${connect(`http://${trapAddress()}`)}&confirm=true&sign-in=browser`],
  ['says it twice', () => `${connect('https://daypass.example.org')}&url=http://${trapAddress()}`],
  ['says it in another way', () => `daypass://connect?URL=http://${trapAddress()}`],
  ['has a path', () => `daypass://connect/now?url=http://${trapAddress()}`],
  ['is a host of its own', () => `daypass://${trapAddress()}/connect?url=http://${trapAddress()}`],
  ['is long', () => connect(`https://${'a'.repeat(300)}.example`)],
  ['is huge', () => connect(`https://daypass.example.org/${'a'.repeat(1_000_000)}`)],
  ['names nothing', () => connect('')],
  ['wants to leave', () => 'daypass://disconnect'],
  ['wants a sign-in', () => `daypass://sign-in?url=http://${trapAddress()}`],
];

describe.each([
  ['a desktop of its own', null],
  ['a managed desktop', MANAGED],
])('on %s', (_where, managed) => {
  it('a link shows an address or nothing, calls nobody, and leaves everything as it was', async () => {
    const { desk, called } = await openDesk(managed);
    const before = standing(desk);
    const ownCalls = managed === null ? [] : [MANAGED];
    for (const [what, link] of HOSTILE) expect(await follow(link()), `a link that ${what}`).toBeNull();
    const good = `http://${trapAddress()}`;
    for (let time = 0; time < 3; time += 1)
      expect(await follow(connect(good))).toEqual({ screen: 'connect', url: good });
    expect(await follow('daypass://connect')).toEqual({ screen: 'connect', url: null });
    expect(standing(desk)).toEqual(before);
    expect(called.filter((origin) => !ownCalls.includes(origin))).toEqual([]);
    expect(desk.opened).toEqual([]);
    expect(visitors).toBe(0);
    // The trap would have shown it: what a person agrees to does go out.
    const found = await desk.agent.commands['find-broker']({ url: good });
    expect(found).toMatchObject({ ok: false });
    expect(visitors).toBe(1);
    visitors = 0;
    expect(standing(desk)).toEqual(before);
  });
});

const PART = fc.constantFrom(
  'https://',
  'http://',
  'localhost',
  'a.example',
  '@',
  ':',
  '/',
  '%0a',
  '#',
  '?',
  '\\',
  ' ',
  '..',
  'x',
);

describe('whatever a link says', () => {
  it('gives at most the address of a broker, as plain text', () => {
    const words = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(PART, { maxLength: 8 }).map((parts) => parts.join('')),
    );
    const extra = fc.constantFrom('', 'url=https://a.example', 'accept=yes', '=', 'url', '&&');
    fc.assert(
      fc.property(words, extra, (url, query) => {
        for (const link of [`${connect(url)}&${query}`, connect(url), `daypass://connect?${query}`]) {
          const route = parseLink(link);
          if (!route.ok) continue;
          expect(Object.keys(route.value).sort()).toEqual(['screen', 'url']);
          if (route.value.screen !== 'connect') throw new Error(`it leads to ${route.value.screen}`);
          if (route.value.url !== null) expect(route.value.url).toMatch(BROKER_URL);
          expect(route.value.url?.length ?? 0).toBeLessThanOrEqual(200);
        }
      }),
    );
  });
});
