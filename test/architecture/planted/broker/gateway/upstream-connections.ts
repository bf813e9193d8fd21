// expect: nothing
import { Agent } from 'undici';
export const agent = Agent;
