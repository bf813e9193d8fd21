// expect: daypass(wall-clock)
export const now = (): string => Date();
