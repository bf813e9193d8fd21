// expect: daypass(capability-owner)
import { AsyncEntry } from '@napi-rs/keyring';
export const entry = AsyncEntry;
