// expect: daypass(wall-clock)
export const now = (): number => new Date().getTime();
