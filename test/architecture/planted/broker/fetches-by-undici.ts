// expect: daypass(capability-owner)
import { request } from 'undici';
export const answer = request;
