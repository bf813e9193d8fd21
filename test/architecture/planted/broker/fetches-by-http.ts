// expect: daypass(capability-owner)
import { request } from 'node:http';
export const answer = request;
