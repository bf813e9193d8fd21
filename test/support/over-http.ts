// Import this first, and the worlds of the file are teams' brokers that are called over HTTP with tokens of an OpenID
// provider; the same specs run on the embedded broker without it.
import { openWorldsBy } from './broker-world.ts';
import { openHttpWorld } from './http-world.ts';

openWorldsBy(openHttpWorld);
