// expect: daypass(folder-boundaries)
import { SignJWT } from 'jose';
export const sign = SignJWT;
