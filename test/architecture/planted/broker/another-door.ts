// expect: daypass(capability-owner)
export const fs: unknown = process.getBuiltinModule('node:fs');
