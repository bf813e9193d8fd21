// What changed between two sets of named hashes: catalog entries, or policy files.

export type Hashes = Readonly<Record<string, string>>;

export type Diff = {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
};

/** Names in the second set only, in the first only, and in both with another hash; each list sorted. */
export function diffHashes(from: Hashes, to: Hashes): Diff {
  const [before, after] = [new Map(Object.entries(from)), new Map(Object.entries(to))];
  return {
    added: [...after.keys()].filter((name) => !before.has(name)).sort(),
    removed: [...before.keys()].filter((name) => !after.has(name)).sort(),
    changed: [...after.keys()].filter((name) => before.has(name) && before.get(name) !== after.get(name)).sort(),
  };
}
