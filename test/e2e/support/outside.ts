// What somebody sees who does not ask the app: the keyring through another program, the gateway, both logs as exports.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { KEYCHAIN_SERVICE } from '#electron/agent/open-agent.ts';
import { EXPORT_FILES } from '#shared/audit/export.ts';
import { verifyExport } from '#shared/audit/verify-export.ts';
import type { Desk } from '#test/desktop/open-desktop.ts';
import { must } from './knock.ts';

export type HeldCopy = { readonly collectId: string; readonly token: string };

/** The credentials that secret-tool finds. */
export async function copiesInKeychain(desk: Desk): Promise<readonly HeldCopy[]> {
  const items = await desk.keychain.list({ service: KEYCHAIN_SERVICE });
  return items.flatMap(({ attributes, secret }) => {
    const name = attributes['username'] ?? '';
    return name.startsWith('copy:')
      ? [{ collectId: name.slice('copy:'.length).split('@')[0] ?? '', token: secret }]
      : [];
  });
}

/** How the gateway answers to this token; `cut`: access ended, or the app, while it answered. */
export async function gatewayStatus(url: string, token: string, file = 'penguins.csv'): Promise<number | 'cut'> {
  const headers = { authorization: `Bearer ${token}` };
  try {
    const answer = await fetch(`${url.replace(/\/$/, '')}/${file}`, { headers });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return 'cut';
  }
}

export type Told = {
  readonly kind: string;
  readonly uid: string;
  readonly atMs: number;
  readonly requestId: string | null;
  readonly grantId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
};
export type Logs = { readonly desktop: readonly Told[]; readonly ledger: readonly Told[] };

/** Exports both logs as the person does, and verifies both as an outsider does. Rejects when one does not verify. */
export async function exportedLogs(desk: Desk, page: Page, name: string): Promise<Logs> {
  const folder = path.join(desk.scratch, `export-${name}`);
  await desk.app.answerDialog({ open: [folder] });
  try {
    await must(page, 'export-log', null);
  } catch (error) {
    throw new Error(`No export. The app printed:\n${desk.app.log().slice(-3000)}`, { cause: error });
  }
  return { desktop: await readLog(path.join(folder, 'desktop')), ledger: await readLog(path.join(folder, 'ledger')) };
}

/** Verifies an export and reads it. Rejects when it does not verify. */
export async function readLog(folder: string): Promise<readonly Told[]> {
  const verified = await verifyExport({ folder });
  if (!verified.ok) throw new Error(`${folder} does not verify: ${JSON.stringify(verified.error)}`);
  const text = await readFile(path.join(folder, EXPORT_FILES.log), 'utf8');
  const told = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => toTold(JSON.parse(line) as RecordText));
  if (told.length !== verified.value.records) throw new Error(`${folder}: another number of records than signed`);
  return told;
}

type RecordText = {
  readonly metadata: { readonly event_code: string; readonly uid: string };
  readonly time: number;
  readonly unmapped: {
    readonly request_id: string | null;
    readonly grant_id: string | null;
    readonly data: Readonly<Record<string, unknown>>;
  };
};

function toTold({ metadata, time, unmapped }: RecordText): Told {
  const { request_id: requestId, grant_id: grantId, data } = unmapped;
  return { kind: metadata.event_code, uid: metadata.uid, atMs: time, requestId, grantId, data };
}
