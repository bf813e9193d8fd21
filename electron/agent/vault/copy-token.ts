// The raw token to the clipboard: journaled and recorded before it is there, and taken away again by the journal.
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { DurationMs, EpochMs } from '#shared/domain/time.ts';
import type { VaultDeps } from './vault-deps.ts';
import type { UseRefused } from './vault.ts';

export async function copyToken(
  deps: VaultDeps,
  collectId: string,
  clearAfterMs: DurationMs,
): Promise<Result<{ readonly clearedAtMs: EpochMs }, UseRefused>> {
  const copy = deps.register.find(collectId);
  if (copy?.issued == null || !isActive(deps, collectId)) return err({ code: 'not_active' });
  const { issued, heldIn } = copy;
  const read = await deps.holder.get(collectId, heldIn);
  if (!read.ok) return err({ code: 'keychain', problem: read.error });
  if (read.value === null) return await missing(deps, collectId, issued.credentialId);
  const token = Buffer.from(read.value).toString('utf8');
  read.value.fill(0);
  const clearAtMs = Math.min(deps.time.now() + clearAfterMs, issued.endsAtMs);
  const { entry, write: insert } = await deps.journal.prepare(collectId, token, clearAtMs);
  const fact = { kind: 'clipboard.copied', data: { credential: issued.credentialId, clearsAtMs: clearAtMs } } as const;
  const noted = await deps.register.change(collectId, { move: null, facts: [fact], also: insert });
  if (!noted.ok) return err({ code: noted.error === 'refused' ? 'not_active' : 'not_recorded' });
  deps.journal.add(entry);
  // The record took a while: nothing that ended meanwhile goes out.
  const wrote = isActive(deps, collectId) ? await write(deps, token) : true;
  deps.journal.written(entry);
  if (!wrote) return await takeBack(deps, collectId, 'clipboard_failed');
  // A wipe that ran meanwhile may have looked at the clipboard before this was on it.
  return isActive(deps, collectId) ? ok({ clearedAtMs: clearAtMs }) : await takeBack(deps, collectId, 'not_active');
}

async function write(deps: VaultDeps, token: string): Promise<boolean> {
  try {
    await deps.clipboard.write(token, { concealed: true });
    return true;
  } catch {
    // What was thrown may quote what it could not write.
    deps.log.info('vault.clipboard_not_written');
    return false;
  }
}

function isActive(deps: VaultDeps, collectId: string): boolean {
  const copy = deps.register.find(collectId);
  if (copy?.state !== 'stored' || copy.issued === null || deps.unwritten.has(collectId)) return false;
  return deps.time.now() < copy.issued.endsAtMs;
}

async function takeBack(
  deps: VaultDeps,
  collectId: string,
  code: 'not_active' | 'clipboard_failed',
): Promise<Result<never, UseRefused>> {
  await deps.journal.clearOf(collectId);
  return err({ code });
}

async function missing(deps: VaultDeps, collectId: string, credential: string): Promise<Result<never, UseRefused>> {
  await deps.register.change(collectId, {
    move: 'find_missing',
    facts: [{ kind: 'copy.missing', data: { credential } }],
  });
  return err({ code: 'missing' });
}
