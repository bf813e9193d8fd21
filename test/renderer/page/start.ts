// Puts a bridge that a test steers into the page, then starts the real window.
import { fakeBridge } from './fake-bridge.ts';

Object.assign(window, { daypass: fakeBridge.bridge, desk: fakeBridge.desk });
await import('#renderer/main.tsx');
