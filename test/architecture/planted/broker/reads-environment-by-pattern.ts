// expect: daypass(capability-owner)
const { env } = process;
export const home = env['HOME'];
