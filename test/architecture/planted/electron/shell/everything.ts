// expect: daypass(capability-owner), daypass(capability-owner), daypass(capability-owner), daypass(capability-owner)
import * as everything from 'electron';
export const ipc = everything;
