// expect: daypass(wall-clock)
const Calendar = Date;
export const now = (): number => Calendar.now();
