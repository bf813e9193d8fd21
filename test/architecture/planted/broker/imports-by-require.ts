// expect: daypass(folder-boundaries), daypass(capability-owner)
const list: unknown = require('../cli/list.ts');
export const listed = list;
