// expect: daypass(capability-owner)
export { request } from 'undici';
