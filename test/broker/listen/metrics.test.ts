// What a standalone broker with TLS shows at /metrics, and that docs/operations.md speaks of exactly that.
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveBroker, type ServedBroker } from '#broker/listen/serve-broker.ts';
import { createLog } from '#broker/listen/log.ts';
import { ANA, LEE, type Account } from '#test/support/oidc/accounts.ts';
import { openTeam, type Team } from '#test/support/team/open-team.ts';
import { makeCertificate, type Certificate } from './certificate.ts';

const PAGE = readFileSync(path.resolve(import.meta.dirname, '..', '..', '..', 'docs', 'operations.md'), 'utf8');

let team: Team;
let certificate: Certificate;
let broker: ServedBroker;

beforeAll(async () => {
  team = await openTeam({
    replicas: 1,
    start: false,
    edit: (config) => config.set('tls', { certificate: 'file:first.pem', key: 'file:first.key' }),
  });
  certificate = makeCertificate(team.files.folder, 'first', { days: 30 });
  const { configFile } = team.replicas[0];
  const log = createLog({ write: () => undefined });
  const served = await serveBroker({ configFile, dataFolder: team.files.folder, log });
  if (!served.ok) throw new Error(JSON.stringify(served.error));
  broker = served.value;
}, 120_000);
afterAll(async () => {
  await broker.close();
  await team[Symbol.asyncDispose]();
});

/** Over TLS, as the certificate's owner sees it. */
async function get(url: string, account: Account | null, ca: string): Promise<string> {
  const authorization = account === null ? {} : { authorization: `Bearer ${await team.provider.tokenFor(account)}` };
  return await new Promise((resolve, reject) => {
    const call = request(url, { ca, headers: authorization, agent: false }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => void (body += chunk.toString()));
      response.on('end', () => resolve(body));
    });
    call.on('error', reject);
    call.end();
  });
}

const metrics = async (): Promise<string> => await get(`${broker.publicUrl}/metrics`, LEE, certificate.cert);
const valueOf = (text: string, name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);

describe('/metrics', () => {
  it('counts the calls of API and gateway, and names nobody', async () => {
    await get(`${broker.publicUrl}/v1/me`, ANA, certificate.cert);
    await get(`${broker.publicUrl}/v1/CANARY`, ANA, certificate.cert);
    await get(`${broker.gatewayUrl}/gateway/dataset/CANARY/x`, null, certificate.cert);
    const count = 'daypass_http_call_duration_seconds_count';
    // A call is counted when its connection is done with it, which may be after its caller has all of the answer.
    await expect.poll(metrics).toContain(`${count}{route="/v1/me",method="GET",status="2xx"} 1`);
    await expect.poll(metrics).toContain(`${count}{route="none",method="GET",status="4xx"} 1`);
    await expect.poll(metrics).toContain(`${count}{route="/gateway/:kind/:name/*",method="GET",status="4xx"} 1`);
    const text = await metrics();
    for (const secret of ['CANARY', 'sub_', ANA.name, LEE.name, 'usr_']) expect(text).not.toContain(secret);
  });

  it('says when the certificate ends, and follows a renewal', async () => {
    const name = 'daypass_tls_certificate_expiry_timestamp_seconds';
    const daysLeft = (text: string): number => (valueOf(text, name) - Date.now() / 1000) / 86_400;
    const before = daysLeft(await metrics());
    expect(before).toBeGreaterThan(29);
    expect(before).toBeLessThan(31);
    const renewed = makeCertificate(team.files.folder, 'first', { days: 60 });
    await broker.reload();
    certificate = renewed;
    expect(daysLeft(await metrics())).toBeGreaterThan(59);
  });

  it('is what docs/operations.md lists, each metric by its name', async () => {
    const shown = [...(await metrics()).matchAll(/^# TYPE (\S+) /gm)].map(([, name = '']) => name);
    const listed = [...PAGE.matchAll(/^\| `(daypass_[a-z_]+)(?:\{[^`]*)?` \|/gm)].map(([, name = '']) => name);
    expect(shown.length).toBeGreaterThan(6);
    expect(listed.toSorted()).toEqual(shown.toSorted());
    const spokenOf = [...PAGE.matchAll(/\bdaypass_(?!admin\b)[a-z_]+/g)].map(([name]) => name);
    expect(spokenOf.filter((name) => !shown.includes(name.replace(/_(?:count|sum|bucket)$/, '')))).toEqual([]);
  });
});
