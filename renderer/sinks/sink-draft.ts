// What the form of a new sink holds, and what is wrong with it. Pure, and without the schema library: the main process
// parses it again.
import type { NewSink } from '#shared/contracts/desktop/sinks.ts';
import type { SinkKind } from '#shared/contracts/sinks.ts';
import { sinkWords as words } from '../words/sinks.ts';

export type SinkDraft = {
  readonly kind: SinkKind;
  readonly name: string;
  readonly url: string;
  readonly headerName: string;
  /** Of the header or the webhook. Held while the form is open, and nowhere after. */
  readonly secret: string;
  readonly folder: string | null;
};

export type SinkField = 'name' | 'url' | 'headerName' | 'secret' | 'folder';
export type SinkFaults = Partial<Readonly<Record<SinkField, string>>>;

const NAMES: Readonly<Record<SinkKind, string>> = { otlp: 'collector', webhook: 'webhook', file: 'copy' };
const NAME = /^[a-z][a-z0-9_-]{0,30}$/;
const URL_SHAPE = /^https?:\/\/(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?(?:\/[!"$->@-~]*)?$/;
const PLAIN = /^http:/i;
const LOOPBACK = /^http:\/\/(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])(?:[:/]|$)/;
const HEADER = /^[A-Za-z0-9-]{1,64}$/;
const VALUE = /^[!-~](?:[ -~]{0,1998}[!-~])?$/;
const WHSEC = /^whsec_(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const LONGEST_URL = 500;
const KEY_BYTES = { least: 24, most: 64 };

export function emptySinkDraft(kind: SinkKind, taken: readonly string[]): SinkDraft {
  return { kind, name: freeName(NAMES[kind], taken), url: '', headerName: 'Authorization', secret: '', folder: null };
}

function freeName(wanted: string, taken: readonly string[]): string {
  if (!taken.includes(wanted)) return wanted;
  for (let number = 2; ; number += 1) if (!taken.includes(`${wanted}-${number}`)) return `${wanted}-${number}`;
}

/** Another kind is another form; a name that the person chose stays. */
export function withKind(draft: SinkDraft, kind: SinkKind, taken: readonly string[]): SinkDraft {
  const given = freeName(NAMES[draft.kind], taken);
  const next = emptySinkDraft(kind, taken);
  return { ...next, name: draft.name === given ? next.name : draft.name, url: draft.url };
}

/** A bare host is meant as https; a collector without a path as its usual one. */
export function completedUrl(typed: string, kind: SinkKind): string {
  const text = typed.trim();
  if (text === '') return '';
  const url = text.includes('://') ? text : `https://${text}`;
  return kind === 'otlp' && /^https?:\/\/[^/]+\/?$/i.test(url) ? `${url.replace(/\/$/, '')}/v1/logs` : url;
}

/** What is wrong with each field, of those that this kind has. */
export function faultsOf(draft: SinkDraft, taken: readonly string[]): SinkFaults {
  const name = nameFault(draft.name, taken);
  const rest = draft.kind === 'file' ? fileFaults(draft) : remoteFaults(draft);
  return name === null ? rest : { name, ...rest };
}

function nameFault(name: string, taken: readonly string[]): string | null {
  if (!NAME.test(name)) return words.nameWrong;
  return taken.includes(name) ? words.nameTaken : null;
}

function fileFaults({ folder }: SinkDraft): SinkFaults {
  return folder === null ? { folder: words.folderMissing } : {};
}

function remoteFaults(draft: SinkDraft): SinkFaults {
  const url = urlFault(completedUrl(draft.url, draft.kind));
  const secret = secretFault(draft.kind, draft.secret);
  const header = draft.kind === 'otlp' && draft.secret !== '' && !HEADER.test(draft.headerName);
  return {
    ...(url === null ? {} : { url }),
    ...(secret === null ? {} : { secret }),
    ...(header ? { headerName: words.headerWrong } : {}),
  };
}

function urlFault(url: string): string | null {
  if (PLAIN.test(url) && !LOOPBACK.test(url)) return words.urlPlain;
  return URL_SHAPE.test(url) && url.length <= LONGEST_URL ? null : words.urlWrong;
}

/** Whether it is a secret that a sink of this kind takes. A collector need not have one. */
export function secretFault(kind: SinkKind, secret: string): string | null {
  if (kind === 'otlp') return secret === '' || VALUE.test(secret) ? null : words.headerValueWrong;
  if (secret === '') return words.secretMissing;
  return WHSEC.test(secret) && isKeyLength(secret.slice('whsec_'.length)) ? null : words.secretWrong;
}

function isKeyLength(base64: string): boolean {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  const bytes = (base64.length / 4) * 3 - padding;
  return bytes >= KEY_BYTES.least && bytes <= KEY_BYTES.most;
}

/** What is sent; only of a draft without faults. */
export function newSinkOf(draft: SinkDraft): NewSink {
  const { kind, name, secret, headerName, folder } = draft;
  const url = completedUrl(draft.url, kind);
  switch (kind) {
    case 'otlp':
      return { kind, name, url, header: secret === '' ? null : { name: headerName, value: secret } };
    case 'webhook':
      return { kind, name, url, secret };
    case 'file':
      return { kind, name, folder: folder ?? '' };
  }
}
