// The security specs of the embedded broker once more: over real HTTP, with tokens of a real OpenID provider.
import { describe } from 'vitest';
import '#test/support/over-http.ts';

// Each in a suite of its own, so that the world of one is not opened for the tests of another.
describe('hostile-calls', async () => void (await import('../http/hostile-calls.test.ts')));
describe('device-proofs', async () => void (await import('../http/device-proofs.test.ts')));
describe('token-routes', async () => void (await import('../http/token-routes.test.ts')));
describe('problems', async () => void (await import('../http/problems.test.ts')));
describe('rate-limits', async () => void (await import('../http/rate-limits.test.ts')));
describe('trouble', async () => void (await import('../http/trouble.test.ts')));
describe('events', async () => void (await import('../events/events.test.ts')));
describe('readers', async () => void (await import('../events/readers.test.ts')));
describe('collect', async () => void (await import('../access/collect-lost-reply-replay-and-second-device.test.ts')));
describe('extend-and-narrow', async () =>
  void (await import('../access/extend-and-narrow-never-exceed-approved-scope.test.ts')));
describe('asked', async () => void (await import('../access/asked.test.ts')));
describe('answer', async () => void (await import('../access/answer.test.ts')));
describe('break-glass', async () => void (await import('../access/break-glass.test.ts')));
describe('cooldown', async () => void (await import('../access/cooldown.test.ts')));
describe('revoke-request', async () => void (await import('../access/revoke-request.test.ts')));
