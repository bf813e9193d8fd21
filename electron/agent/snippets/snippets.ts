// *Copy as…*: how a tool uses the access. The token is never in it: each snippet reads it when it runs, and no argument
// list, history or file ever has it.
import type { SnippetKind } from '#shared/contracts/desktop/cards.ts';
import { assertNever } from '#shared/domain/result.ts';

/** Of what is reached over the web; a database login has its own. */
export type WebSnippetKind = Exclude<SnippetKind, 'psql' | 'sqlalchemy' | 'dsn'>;
export type SnippetOf = { readonly kind: WebSnippetKind; readonly resource: string; readonly url: string };

/** The kinds that make sense for a resource. */
export function snippetKinds(resource: string, actions: readonly string[]): readonly WebSnippetKind[] {
  if (!resource.startsWith('model:')) return ['curl', 'python', 'bash', 'node', 'url'];
  const chats = actions.some((action) => action === 'invoke' || action === 'infer' || action === 'stream');
  return [...(chats ? (['openai'] as const) : []), 'curl', 'python', 'bash', 'node', 'url'];
}

/** Writes a snippet, without a line end after it. The address comes from the broker: it is quoted for each language. */
export function snippet({ kind, resource, url }: SnippetOf): string {
  const address = safeUrl(url);
  const model = resource.startsWith('model:');
  switch (kind) {
    case 'url':
      return address;
    case 'curl':
      return curl(address, model);
    case 'bash':
      return bash(address, model);
    case 'python':
      return python(address, model);
    case 'node':
      return node(address, model);
    case 'openai':
      return openai(address);
    default:
      return assertNever(kind);
  }
}

/** What a URL parser writes has no quotes, spaces or control characters left that would end a literal. */
function safeUrl(url: string): string {
  const { protocol, href } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:') throw new TypeError('an address that is not for the web');
  return href;
}

/** Inside single quotes a shell reads everything as it is but the quote itself. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** JSON's strings are strings of JavaScript and of Python as well, once nothing outside ASCII is left. */
export function literal(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const POST_BODY = '{"text": "Hello"}';

function curl(url: string, model: boolean): string {
  const post = model ? ` -X POST -H 'Content-Type: application/json' -d ${shellQuoted(POST_BODY)}` : '';
  // The header comes from standard input: what stands on the command line is seen by every process.
  return `{ IFS= read -rs -p 'Token: ' t && printf 'Authorization: Bearer %s\\n' "$t"; unset t; } | curl -H @-${post} ${shellQuoted(url)}`;
}

function bash(url: string, model: boolean): string {
  const post = model ? ` \\\n  -X POST -H 'Content-Type: application/json' -d ${shellQuoted(POST_BODY)}` : '';
  return [
    `DAYPASS_URL=${shellQuoted(url)}`,
    `IFS= read -rs -p 'Token: ' DAYPASS_TOKEN && echo`,
    // Through a pipe of the shell's own printf: a here-document may be written to a file.
    `printf 'Authorization: Bearer %s\\n' "$DAYPASS_TOKEN" | curl -H @- "$DAYPASS_URL"${post}`,
    `unset DAYPASS_TOKEN`,
  ].join('\n');
}

function python(url: string, model: boolean): string {
  const extra = model ? `, data=${literal(POST_BODY)}.encode()` : '';
  const type = model ? `, "Content-Type": "application/json"` : '';
  return [
    'from getpass import getpass',
    'from urllib.request import Request, urlopen',
    '',
    `url = ${literal(url)}`,
    `headers = {"Authorization": "Bearer " + getpass("Token: ")${type}}`,
    `with urlopen(Request(url, headers=headers${extra})) as response:`,
    '    print(response.read().decode())',
  ].join('\n');
}

function node(url: string, model: boolean): string {
  const more = model ? `, 'content-type': 'application/json' }, method: 'POST', body: ${literal(POST_BODY)}` : ' }';
  return [
    `import { createInterface } from 'node:readline/promises';`,
    `import { Writable } from 'node:stream';`,
    '',
    `process.stderr.write('Token: ');`,
    `const quiet = new Writable({ write: (chunk, encoding, done) => done() });`,
    `const input = createInterface({ input: process.stdin, output: quiet, terminal: true });`,
    `const token = await input.question('');`,
    `input.close();`,
    `const response = await fetch(${literal(url)}, { headers: { authorization: 'Bearer ' + token${more} });`,
    `console.log(await response.text());`,
  ].join('\n');
}

function openai(url: string): string {
  return [
    `export OPENAI_BASE_URL=${shellQuoted(new URL('v1', url.endsWith('/') ? url : `${url}/`).href)}`,
    `IFS= read -rs -p 'Token: ' OPENAI_API_KEY && echo && export OPENAI_API_KEY`,
  ].join('\n');
}
