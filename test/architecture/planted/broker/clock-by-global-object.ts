// expect: daypass(wall-clock)
export const now = (): number => globalThis.Date.now();
