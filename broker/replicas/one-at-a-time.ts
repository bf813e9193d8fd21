// Work that many ask for at once: it runs once at a time, and once more for all who asked meanwhile.

/** A call during a run makes it run once more after. `work` never rejects. */
export function oneAtATime(work: () => Promise<void>): (() => Promise<void>) & { readonly ended: () => Promise<void> } {
  let running: Promise<void> | null = null;
  let again = false;
  async function loop(): Promise<void> {
    do {
      again = false;
      await work();
    } while (again);
    running = null;
  }
  const start = async (): Promise<void> => {
    again = true;
    await (running ??= loop());
  };
  return Object.assign(start, { ended: async () => void (await running) });
}
