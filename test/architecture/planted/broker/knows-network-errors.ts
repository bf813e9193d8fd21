// expect: nothing
import { errors } from 'undici';
export const broken = errors;
