// expect: nothing
export const open = 'open';
