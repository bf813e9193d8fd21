// expect: daypass(capability-owner)
export const board: unknown = navigator.clipboard;
