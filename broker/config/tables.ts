// Tables of the configuration: what was in force last, so that a change made while the broker was down is recorded.

export type ConfigTables = {
  config_in_force: {
    part: 'catalog' | 'policies' | 'identity';
    hash: string;
    /** JSON: the hash of each entry or file, to tell what changed. */
    entries: string;
  };
};
