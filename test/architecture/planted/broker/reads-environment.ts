// expect: daypass(capability-owner)
export const home = process.env['HOME'];
