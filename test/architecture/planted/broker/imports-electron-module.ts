// expect: daypass(folder-boundaries)
import { app } from 'electron';
export const used = app;
