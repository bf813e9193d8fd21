// The broker as a process of its own: a real OpenID provider, a real PostgreSQL, its own sockets, log and signals.
import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { createKeys } from '#broker/config/create-keys.ts';
import { protectedResourceSchema, signInViewSchema } from '#shared/contracts/broker-api.ts';
import { ANA } from '#test/support/oidc/accounts.ts';
import { openTeam, type Team } from '#test/support/team/open-team.ts';

const BROKER = resolve(import.meta.dirname, '..', '..', '..', 'build', 'broker.ts');

let team: Team;
beforeAll(async () => {
  team = await openTeam({ replicas: 1 });
}, 120_000);
afterAll(async () => await team[Symbol.asyncDispose]());

const at = (path: string): string => `${team.replicas[0].url}${path}`;
const logLines = (): readonly Record<string, unknown>[] =>
  team.replicas[0]
    .log()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

async function until(claim: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; !(await claim()); turn += 1) {
    if (turn > 1000) throw new Error(`it did not come true; logged:\n${team.replicas[0].log().slice(-3000)}`);
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

describe('a standalone broker', () => {
  it('tells anybody where to sign in, and that it is well', async () => {
    const signIn = signInViewSchema.parse(await (await fetch(at('/v1/sign-in'))).json());
    expect(signIn).toEqual({
      name: 'urn:daypass:example-team',
      issuer: team.provider.issuer,
      clientId: 'daypass-desktop',
      scopes: ['openid', 'offline_access', 'profile'],
      audience: team.provider.audience,
      freshSignIn: 'PT5M',
    });
    const standard = await (await fetch(at('/.well-known/oauth-protected-resource'))).json();
    expect(protectedResourceSchema.parse(standard)).toMatchObject({
      resource: team.replicas[0].url,
      authorization_servers: [team.provider.issuer],
    });
    expect((await fetch(at('/healthz'))).status).toBe(200);
    expect((await fetch(at('/readyz'))).status).toBe(200);
  });

  it('serves who has a token of the provider, and nobody else', async () => {
    const me = await team.fetchAs(ANA, new Request(at('/v1/me')));
    expect(await me.json()).toMatchObject({ name: ANA.name, mode: 'standalone', facts: 'verified' });
    const nobody = await fetch(at('/v1/me'));
    expect(nobody.status).toBe(401);
    expect(nobody.headers.get('www-authenticate')).toContain('Bearer');
    expect((await fetch(at('/v1/me'), { headers: { authorization: 'Bearer x' } })).status).toBe(401);
  });

  it('describes how it wants to be called', async () => {
    const document = (await (await fetch(at('/v1/openapi.json'))).json()) as {
      readonly components: { readonly securitySchemes: unknown };
      readonly paths: Record<string, Record<string, { readonly security: unknown }>>;
    };
    expect(document.components.securitySchemes).toMatchObject({
      caller: { type: 'openIdConnect', openIdConnectUrl: `${team.provider.issuer}/.well-known/openid-configuration` },
      device: { type: 'apiKey', in: 'header', name: 'DPoP' },
    });
    expect(document.paths['/v1/me']?.['get']?.security).toEqual([{ caller: [] }]);
    expect(document.paths['/v1/requests']?.['post']?.security).toEqual([{ caller: [], device: [] }]);
    expect(document.paths['/healthz']?.['get']?.security).toEqual([]);
  });

  it('logs whose call it was and how it ended, and no secret that came with it', async () => {
    const canary = 'CANARY51c2';
    const headers = { authorization: `Bearer ${canary}`, dpop: canary, 'idempotency-key': canary, cookie: canary };
    await fetch(at(`/v1/requests?dryRun=${canary}`), {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ justification: canary }),
    });
    await fetch(at(`/v1/grants/${canary}/revoke`), { method: 'POST', headers, body: canary });
    await fetch(at(`/${canary}`), { headers });
    await fetch(`${team.replicas[0].gatewayUrl}/gateway/dataset/${canary}/x?${canary}=${canary}`, { headers });
    const response = await team.fetchAs(ANA, new Request(at('/v1/me')));
    const requestId = response.headers.get('x-request-id');
    await until(() => logLines().some((line) => line['requestId'] === requestId));
    const me = (await (await team.fetchAs(ANA, new Request(at('/v1/me')))).json()) as { subject: string };
    expect(logLines().find((line) => line['requestId'] === requestId)).toMatchObject({
      method: 'GET',
      route: '/v1/me',
      subject: me.subject,
      status: 200,
      address: '127.0.0.1',
    });
    await until(() => logLines().some((line) => line['route'] === '/gateway/:kind/:name/*'));
    expect(logLines().some((line) => line['route'] === '/v1/grants/:id/revoke' && line['status'] === 401)).toBe(true);
    expect(team.replicas[0].log()).not.toContain(canary);
    // Tokens of real people do not show either.
    expect(team.replicas[0].log()).not.toContain('eyJ');
  });

  it('reads its catalog again on SIGHUP, and keeps the old one when the new one is not good', async () => {
    await appendFile(team.files.catalogFile, '\n# a change that changes nothing\n');
    team.replicas[0].hangUp();
    await until(() => logLines().some((line) => line['msg'] === 'catalog and policies reloaded'));
    await appendFile(team.files.catalogFile, '\nhunter2: [\n');
    team.replicas[0].hangUp();
    await until(() => logLines().some((line) => line['msg'] === 'catalog and policies refused; the old stay'));
    expect(team.replicas[0].log()).not.toContain('hunter2');
    expect((await team.fetchAs(ANA, new Request(at('/v1/catalog')))).status).toBe(200);
    // As it was, for the next start.
    const text = await readFile(team.files.catalogFile, 'utf8');
    await writeFile(team.files.catalogFile, text.replace('\nhunter2: [\n', ''));
  });

  it('stops when told: not ready first, streams ended, then gone with 0, and starts again', async () => {
    const stream = await team.fetchAs(ANA, new Request(at('/v1/events')));
    expect(stream.status).toBe(200);
    const streamed = stream.text();
    const stopped = team.replicas[0].stop();
    // Still serving while everybody who watches learns that it will not for long.
    await until(async () => (await fetch(at('/readyz'))).status === 503);
    expect((await fetch(at('/healthz'))).status).toBe(200);
    expect(await streamed).toContain(': connected');
    expect(await stopped).toBe(0);
    expect(logLines().at(-1)).toMatchObject({ msg: 'stopped' });
    await team.replicas[0].start();
    expect((await fetch(at('/readyz'))).status).toBe(200);
  });
});

type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string };

function run(...args: readonly string[]): Promise<Ended> {
  return new Promise((done) => {
    execFile(process.execPath, [BROKER, ...args], { timeout: 60_000 }, (error, stdout, stderr) => {
      done({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
    });
  });
}

describe('a start that fails', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'daypass-start-'));
  });
  afterAll(async () => await rm(folder, { recursive: true, force: true }));

  /** The team's own configuration, changed. */
  async function changed(change: (config: Record<string, unknown>) => void): Promise<string> {
    const config = parse(await readFile(team.files.replicas[0].configFile, 'utf8')) as Record<string, unknown>;
    change(config);
    const file = join(resolve(team.files.replicas[0].configFile, '..'), 'changed.yaml');
    await writeFile(file, stringify(config), { mode: 0o600 });
    return file;
  }

  it('because it was called wrongly ends with 2 and says how to call it', async () => {
    for (const args of [[], ['--confg', 'x'], ['--config'], ['--config', 'x', 'y']]) {
      const { code, stderr } = await run(...args);
      expect(code, args.join(' ')).toBe(2);
      expect(stderr).toContain('--config FILE');
    }
  });

  it('because of its configuration ends with 1 and names every place', async () => {
    const file = join(folder, 'bad.yaml');
    await writeFile(file, 'mode: standalone\nissuer: x\n');
    const { code, stderr } = await run('--config', file);
    expect(code).toBe(1);
    expect(stderr).toContain(`${file}:2:9: issuer: an https URL`);
    expect(stderr).toContain('listen: is missing');
  });

  it('because a port is taken ends with 1 and says which', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((ready) => other.once('listening', ready));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const file = await changed((config) => Object.assign(config, { listen: { host: '127.0.0.1', port } }));
    const { code, stderr } = await run('--config', file);
    other.close();
    expect(code).toBe(1);
    expect(stderr).toContain(`port ${port} on 127.0.0.1 is taken`);
  });

  it('because the database refuses ends with 1 and says so without the password', async () => {
    await writeFile(join(folder, 'wrong'), 'hunter2\n', { mode: 0o600 });
    const file = await changed((config) =>
      Object.assign(config, {
        listen: { host: '127.0.0.1', port: 0 },
        gateway: { host: '127.0.0.1', port: 0 },
        storePassword: `file:${join(folder, 'wrong')}`,
      }),
    );
    const { code, stderr, stdout } = await run('--config', file);
    expect(code).toBe(1);
    expect(stderr).toMatch(/the broker did not start: .+/);
    expect(stderr + stdout).not.toContain('hunter2');
  });

  it('is helped by --create-keys, once', async () => {
    const args = ['--config', 'unused.yaml', '--data-folder', folder, '--create-keys'];
    expect(await run(...args)).toMatchObject({ code: 0 });
    expect(await run(...args)).toMatchObject({ code: 1 });
    expect(await createKeys(join(folder, 'keys'))).toBe('exists');
  });
});
