// expect: nothing
import { AsyncEntry } from '@napi-rs/keyring';
export const entry = AsyncEntry;
