// docs/curl.md, line by line in a bash, at two real replicas, a real OpenID provider and a real PostgreSQL.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANA, JO_BERG, LEE, type Account } from '#test/support/oidc/accounts.ts';
import { openSmallBrowser, type SmallBrowser } from '#test/support/small-browser.ts';
import { openTeam, type Team } from '#test/support/team/open-team.ts';
import { addressesForCurl } from '../../build/demo/team-addresses.ts';
import { runShell, shellBlocks, type Ran } from './shell-blocks.ts';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
const [yours = '', ...blocks] = shellBlocks('docs/curl.md');
const namesIn = (text: string): readonly string[] =>
  [...text.matchAll(/(?:^|\s)([A-Z_]+)=/g)].map(([, name = '']) => name);

let folder: string;
let programs: string;
let team: Team;
let ran: Ran;

/** Who signs in when the page says `Open`, one after the other. Jo has been signed in for too long the first time. */
function people(provider: Team['provider']) {
  const turns: { readonly account: Account; readonly ageMs: number }[] = [
    { account: ANA, ageMs: 0 },
    { account: JO_BERG, ageMs: 600_000 },
    { account: JO_BERG, ageMs: 0 },
    { account: LEE, ageMs: 0 },
  ];
  const browsers = new Map<string, SmallBrowser>();
  return async (line: string): Promise<string | null> => {
    const url = /\bOpen (http\S+)$/.exec(line)?.[1];
    if (url === undefined) return null;
    const turn = turns.shift();
    if (turn === undefined) throw new Error('it wants one more sign-in');
    const browser = browsers.get(turn.account.login) ?? openSmallBrowser();
    browsers.set(turn.account.login, browser);
    provider.setSignInAgeMs(turn.ageMs);
    if (url.includes('redirect_uri=')) return await browser.signInUntilBack(url, turn.account);
    await browser.signIn(url, turn.account);
    return null;
  };
}

/** This Node, and something that does for psql where there is none. */
function bringPrograms(): void {
  mkdirSync(programs);
  symlinkSync(process.execPath, path.join(programs, 'node'));
  if (spawnSync('psql', ['--version']).error === undefined) return;
  const psql = path.join(programs, 'psql');
  writeFileSync(psql, `#!/bin/sh\nexec "${process.execPath}" "${path.join(import.meta.dirname, 'psql.ts')}" "$@"\n`);
  chmodSync(psql, 0o755);
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'daypass-curl-'));
  programs = path.join(folder, 'programs');
  bringPrograms();
  symlinkSync(path.join(ROOT, 'docs'), path.join(folder, 'docs'));
  team = await openTeam({ replicas: 2 });
  ran = await runShell([...addressesForCurl(team), ...blocks].join('\n'), {
    folder,
    programs: [programs],
    limitMs: 120_000,
    onLine: people(team.provider),
  });
}, 240_000);
afterAll(async () => {
  await team[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

describe('docs/curl.md', () => {
  it('asks its reader for what the demo prints, and for nothing else', () => {
    expect(namesIn(yours)).toEqual(namesIn(addressesForCurl(team).join('\n')));
  });

  it('works to its last line, and finds every field that it takes from an answer', () => {
    expect(ran.code, ran.output).toBe(0);
    expect(ran.output).not.toContain('undefined');
  });

  it('shows that an approval of confidential data wants a fresh sign-in, and gets it with one', () => {
    expect(ran.output.match(/"code":"fresh_sign_in_required"/g), ran.output).toHaveLength(1);
    expect(ran.output).toContain('"state":"approved"');
  });

  it('opens the file at the other replica with its personal columns masked, and the table', () => {
    expect(ran.output).toMatch(/^\[masked\],.*,sen,WA,,Democrat,/m);
    expect(ran.output).not.toContain('Cantwell');
    expect(ran.output).toMatch(/^ Adelie +\| +152$/m);
  });

  it('is refused once an administrator has revoked, and hears of it', () => {
    expect(ran.output).toMatch(/"code":"invalid_token"\}refused$/m);
    const events = readFileSync(path.join(folder, 'events'), 'utf8');
    expect(events).toMatch(/^event: request.approved$/m);
  });

  it('leaves an export that verifies by the ledger’s key', () => {
    expect(ran.output).toMatch(/^verified \d+ records of daypass\.ledger\//m);
  });
});
