// Reads from a Windows security descriptor (SDDL) whether administrators alone may change a file or folder. Pure.
// What it does not understand counts as "others may".

// Administrators, the system itself, and the installer of Windows.
const TRUSTED = new Set([
  'BA',
  'SY',
  'S-1-5-32-544',
  'S-1-5-18',
  'S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464',
]);
// Rights to read, list and run; generic and specific. Anything else lets somebody change something.
const READING_WORDS = ['GR', 'GX', 'FR', 'FX', 'RC', 'CC', 'SW', 'WP', 'LO'];
const READING_MASK = 0x0012_00a9;
// Rights to make something new in a folder. Windows gives them to all people on its own folders: what is there already
// cannot be replaced by them.
const ADDING_WORDS = ['DC', 'LC', 'RP', 'CR'];
const ADDING_MASK = 0x0000_0116;
const ENTRY = /^\(([A-Z]+);([A-Z]*);([A-Za-z0-9]*);([^;()]*);([^;()]*);([^;()]+)\)/;

/**
 * Takes `O:…G:…D:…(…)(…)`; an `S:` part at the end is no matter. `above`: a folder further up, where others may add
 * things of their own beside ours.
 */
export function ofAdministratorsOnly(sddl: string, { above }: { readonly above: boolean }): boolean {
  const match = /^O:(S-[0-9-]+|[A-Z]{2})(?:G:(?:S-[0-9-]+|[A-Z]{2}))?D:([A-Z]*)((?:\([^()]*\))+)(?:S:.*)?$/.exec(
    sddl.trim(),
  );
  if (match === null) return false;
  const [, owner = '', flags = '', entries = ''] = match;
  // No list at all lets everybody in.
  if (!TRUSTED.has(owner) || flags.includes('NO_ACCESS_CONTROL')) return false;
  return split(entries)?.every((entry) => harmless(entry, above)) ?? false;
}

type Entry = { readonly type: string; readonly flags: string; readonly rights: string; readonly who: string };

function split(entries: string): readonly Entry[] | null {
  const found: Entry[] = [];
  let rest = entries;
  while (rest !== '') {
    const match = ENTRY.exec(rest);
    if (match === null) return null;
    const [whole, type = '', flags = '', rights = '', , , who = ''] = match;
    found.push({ type, flags, rights, who });
    rest = rest.slice(whole.length);
  }
  return found;
}

function harmless({ type, flags, rights, who }: Entry, above: boolean): boolean {
  if (type === 'D') return true;
  if (type !== 'A') return false;
  // Only for what is made inside later, which is looked at by itself.
  if (flags.includes('IO')) return true;
  return TRUSTED.has(who) || changesNothing(rights, above);
}

function changesNothing(rights: string, above: boolean): boolean {
  const mask = above ? READING_MASK | ADDING_MASK : READING_MASK;
  if (/^0x[0-9a-f]{1,8}$/i.test(rights)) return (Number(rights) & ~mask) === 0;
  const allowed = new Set(above ? [...READING_WORDS, ...ADDING_WORDS] : READING_WORDS);
  const words = rights.match(/.{2}/g) ?? [];
  return rights.length % 2 === 0 && words.length > 0 && words.every((word) => allowed.has(word));
}
