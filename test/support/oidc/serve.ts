// The provider as a process of its own, for people and other programs: prints one line of JSON and runs until it is ended.
// `node test/support/oidc/serve.ts --audience URL [--port N] [--access-token-seconds N]`
import { parseArgs } from 'node:util';
import { ACCOUNTS, NIGHTLY } from './accounts.ts';
import { DESKTOP_CLIENT_ID, REDIRECT_PATHS } from './clients.ts';
import { startProvider } from './provider.ts';

const { values } = parseArgs({
  options: {
    audience: { type: 'string' },
    port: { type: 'string', default: '0' },
    'access-token-seconds': { type: 'string', default: '900' },
  },
});
if (values.audience === undefined) throw new Error('--audience URL: whom the tokens are for');

const provider = await startProvider({
  audience: values.audience,
  port: Number(values.port),
  accessTokenTtlS: Number(values['access-token-seconds']),
});
const { clientId, clientSecret } = NIGHTLY;
console.log(
  JSON.stringify({
    issuer: provider.issuer,
    audience: provider.audience,
    client: { id: DESKTOP_CLIENT_ID, redirects: REDIRECT_PATHS.map((path) => `http://127.0.0.1:PORT${path}`) },
    people: ACCOUNTS.map(({ login, password, name }) => ({ login, password, name })),
    services: [{ clientId, clientSecret }],
  }),
);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void provider.stop().then(() => process.exit(0)));
}
