// The managed settings of this very machine: the right file, with the check that its platform allows.
import type { Log } from '../agent/ports.ts';
import { err, type Result } from '#shared/domain/result.ts';
import {
  managedSettingsFiles,
  ownedByRoot,
  readManagedSecret,
  readManagedSettings,
  type ManagedRefusal,
  type ManagedSettings,
  type OwnerCheck,
} from './managed-settings.ts';
import { securityDescriptors } from './windows-acl.ts';
import { ofAdministratorsOnly } from './windows-owner.ts';

/** Reads them. `programData` as the environment of Windows names it. */
export function machineManagedSettings(programData: string | null): Result<ManagedSettings, ManagedRefusal> {
  try {
    return readManagedSettings(managedSettingsFiles(process.platform, programData), ownerCheck());
  } catch {
    return err({ code: 'not_read', place: 'the managed settings' });
  }
}

/** The secret in a file that the managed settings of this machine name. Null when it is not there or not to be believed. */
export function machineManagedSecret(file: string, log: Log): string | null {
  try {
    const secret = readManagedSecret(file, ownerCheck());
    if (!secret.ok) log.info('managed.secret_refused', secret.error);
    return secret.ok ? secret.value : null;
  } catch {
    log.info('managed.secret_refused', { code: 'not_read', place: file });
    return null;
  }
}

function ownerCheck(): OwnerCheck {
  if (process.platform !== 'win32') return ownedByRoot;
  return (place, _facts, where) => {
    const [descriptor = ''] = securityDescriptors([place]);
    return ofAdministratorsOnly(descriptor, where);
  };
}

/** What a person reads who cannot start the app. */
export function describeRefusal({ code, place }: ManagedRefusal): string {
  return `Your organisation's settings cannot be used: ${place}\n\n${REASONS[code]}\n\nAsk your administrator.`;
}

const REASONS: Readonly<Record<ManagedRefusal['code'], string>> = {
  not_read: 'The file is there and cannot be read.',
  a_link: 'A link stands in its place or on the way to it.',
  not_a_file: 'It is not a file.',
  not_of_administrators: 'Others than administrators could have written it.',
  too_large: 'It is too large.',
  not_json: 'It is not valid JSON.',
  not_valid: 'A setting is unknown or has a value that is not allowed.',
};
