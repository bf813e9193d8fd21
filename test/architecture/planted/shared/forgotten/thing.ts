// expect: daypass(folder-boundaries)
export const thing = 1;
