// expect: daypass(wall-clock)
export const now = (): number => Date.now();
