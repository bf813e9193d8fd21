// Waiting for a thing of the outside world that tells nobody when it is there.

/** Asks until `look` gives something else than nothing. Rejects after `limitMs`, saying what was waited for. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  limitMs = 20_000,
): Promise<T> {
  const endsAtMs = performance.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > endsAtMs) throw new Error(`Waited ${limitMs / 1000} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
