// expect: daypass(wall-clock)
export const now = (): number => performance.timeOrigin + performance.now();
