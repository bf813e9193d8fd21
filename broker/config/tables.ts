// Tables of the configuration: what was in force last, so that a change made while the broker was down is recorded.

/** A change that weakens a guard, erases words or releases a legal hold, and waits for two people. */
export type HeldChangeRow = {
  id: string;
  kind: 'sensitivity_downgrade' | 'break_glass_policy' | 'erasure' | 'hold_release';
  state: 'waiting' | 'agreed' | 'applied' | 'rejected';
  /** SHA-256 (hex) of exactly what would come into force; of an erasure or a release, of the person's or the hold's id. */
  content_hash: string;
  /** JSON list of lines for people to read; of a release, the hold's id. */
  lines: string;
  /** JSON list of resource ids whose owners may agree; null: administrators alone. */
  resources: string | null;
  /** Of an erasure or a release: whose data. */
  person: string | null;
  proposed_by: string;
  proposed_at_ms: number;
  closed_at_ms: number | null;
};

export type ChangeAnswerRow = {
  change_id: string;
  person: string;
  subject: string;
  agree: number;
  answered_at_ms: number;
};

export type ConfigTables = {
  /** One row: the files in force, so that they can stay in force when those on the disk are weaker. */
  config_contents: {
    id: 'rules';
    content_hash: string;
    /** JSON `RulesTexts`. */
    texts: string;
    /** JSON `Guards`, also of what is not in the catalog any more. */
    guards: string;
  };
  /** Contents that were in force before the one that is. */
  config_superseded: { content_hash: string; superseded_at_ms: number };
  held_changes: HeldChangeRow;
  change_answers: ChangeAnswerRow;
  config_in_force: {
    part: 'catalog' | 'policies' | 'identity';
    hash: string;
    /** JSON: the hash of each entry or file, to tell what changed. */
    entries: string;
  };
};
