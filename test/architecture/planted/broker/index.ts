// expect: daypass(no-barrel)
export const nothing = 0;
