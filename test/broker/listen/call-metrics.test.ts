import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { createCallMetrics, type CallMetrics } from '#broker/listen/call-metrics.ts';

async function read({ metrics }: CallMetrics): Promise<string> {
  const registry = new Registry();
  for (const metric of metrics) registry.registerMetric(metric);
  return await registry.metrics();
}

it('counts calls by route, method and class of the answer, with how long they took', async () => {
  const made = createCallMetrics({ secure: false });
  const route = '/v1/requests/:id';
  made.count({ route, method: 'GET', status: 200, ms: 20 });
  made.count({ route, method: 'GET', status: 204, ms: 3000 });
  made.count({ route, method: 'GET', status: 404, ms: 1 });
  const text = await read(made);
  const labels = `route="${route}",method="GET"`;
  expect(text).toContain(`daypass_http_call_duration_seconds_count{${labels},status="2xx"} 2`);
  expect(text).toContain(`daypass_http_call_duration_seconds_sum{${labels},status="2xx"} 3.02`);
  expect(text).toContain(`daypass_http_call_duration_seconds_bucket{le="0.025",${labels},status="2xx"} 1`);
  expect(text).toContain(`daypass_http_call_duration_seconds_count{${labels},status="4xx"} 1`);
});

it('takes no label from a caller, and keeps calls without an answer apart', async () => {
  const made = createCallMetrics({ secure: false });
  for (const method of ['CANARY', 'PROPFIND', 'MKCOL']) made.count({ route: null, method, status: 421, ms: 1 });
  made.count({ route: null, method: 'GET', status: 0, ms: 1 });
  const text = await read(made);
  expect(text).toContain('_count{route="none",method="other",status="4xx"} 3');
  expect(text).toContain('_count{route="none",method="GET",status="none"} 1');
  expect(text).not.toContain('CANARY');
});

it('says when the certificate ends, in seconds, and nothing where there is none', async () => {
  const secure = createCallMetrics({ secure: true });
  secure.setCertificateEnd(1_800_000_000_000);
  expect(await read(secure)).toContain('daypass_tls_certificate_expiry_timestamp_seconds 1800000000');
  expect(await read(createCallMetrics({ secure: false }))).not.toContain('certificate');
});
