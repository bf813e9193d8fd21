// What a person reads when the app cannot start at all. Nothing of the error itself: it may name what nobody should see.
import { StoreError } from '#shared/store/store-error.ts';

export function startFailureWords(error: unknown): string {
  const code = error instanceof StoreError ? error.code : null;
  switch (code) {
    case 'in_use':
      return 'Another Daypass is running with the same data. Use that one, or end it first.';
    case 'disk_full':
      return 'There is no room left on the disk for the data of Daypass. Make room and start it again.';
    case 'read_only':
      return 'The data folder of Daypass cannot be written to. Look at its permissions and start it again.';
    default:
      return 'Something failed while starting. The log on the error output says what.';
  }
}
