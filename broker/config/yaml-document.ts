// Reads one YAML document strictly and remembers where everything stood, so that faults found later name their line.
import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  visit,
  type Document,
  type Node,
  type YAMLMap,
} from 'yaml';
import { err, ok, type Result } from '#shared/domain/result.ts';
import { formatPath, type ConfigProblem } from './problem.ts';

export type YamlSource = { readonly file: string; readonly text: string };

export type YamlDocument = {
  readonly value: unknown;
  /** Whether the path leads to something that was written. */
  readonly has: (path: readonly PropertyKey[]) => boolean;
  /** A problem at the path, or at the nearest thing around it that was written. `at` key: points at the last name. */
  readonly problemAt: (path: readonly PropertyKey[], message: string, at?: 'value' | 'key') => ConfigProblem;
};

const MAX_CHARACTERS = 1_048_576;
/** Enough for shared action lists, too little for an alias bomb to grow. */
const MAX_ALIASES = 100;
const MAX_FAULTS = 100;

/** Refuses syntax errors, repeated keys, unknown tags, alias bombs, several documents, an empty or a huge file. */
export function readYamlDocument(source: YamlSource): Result<YamlDocument, readonly ConfigProblem[]> {
  const lines = new LineCounter();
  const problem = (offset: number, path: readonly PropertyKey[], message: string): ConfigProblem => {
    const { line, col } = lines.linePos(offset);
    return { file: source.file, line: Math.max(line, 1), column: Math.max(col, 1), path: formatPath(path), message };
  };
  if (source.text.length > MAX_CHARACTERS) return err([problem(0, [], `longer than ${MAX_CHARACTERS} characters`)]);
  let value: unknown;
  let document: Document;
  try {
    const documents = parseAllDocuments(source.text, {
      lineCounter: lines,
      // Pretty messages quote the line, and the line may hold a secret.
      prettyErrors: false,
      // Checked below: the library's own check compares each key with each, which takes minutes for a large file.
      uniqueKeys: false,
      logLevel: 'silent',
    });
    if (!Array.isArray(documents) || documents[0] === undefined) return err([problem(0, [], 'the file is empty')]);
    const [first, second] = documents;
    const faults = documents.flatMap((each) => [...each.errors, ...each.warnings]);
    if (faults.length > 0)
      return err(faults.slice(0, MAX_FAULTS).map((fault) => problem(fault.pos[0], [], explain(fault.code))));
    if (second !== undefined) return err([problem(second.range[0], [], 'one document a file')]);
    const wrong = faultsIn(first);
    if (wrong.length > 0)
      return err(wrong.slice(0, MAX_FAULTS).map(({ offset, message }) => problem(offset, [], message)));
    document = first;
    value = first.toJS({ maxAliasCount: MAX_ALIASES });
  } catch {
    // What the parser gives up on (too many aliases, too deep) it throws, without a place.
    return err([problem(0, [], 'cannot be read: too many aliases, or too deeply nested')]);
  }
  return ok({
    value,
    has: (path) => nodesAlong(document, path).length === path.length + 1,
    problemAt: (path, message, at = 'value') => problem(offsetOf(document, path, at), path, message),
  });
}

function explain(code: string): string {
  if (code === 'TAG_RESOLVE_FAILED') return 'a tag or value that is not supported';
  return `not valid YAML (${code.toLowerCase().replaceAll('_', ' ')})`;
}

type Fault = { readonly offset: number; readonly message: string };

/** What the syntax allows and we do not: repeated keys, keys that are no names, aliases to nothing or too many. */
function faultsIn(document: Document): readonly Fault[] {
  const faults: Fault[] = [];
  let aliases = 0;
  visit(document, {
    Alias: (_key, alias) => {
      aliases += 1;
      const offset = alias.range?.[0] ?? 0;
      if (aliases > MAX_ALIASES) {
        faults.push({ offset, message: `more than ${MAX_ALIASES} aliases` });
        return visit.BREAK;
      }
      if (alias.resolve(document) === undefined) faults.push({ offset, message: 'an alias to nothing before it' });
      return undefined;
    },
    Map: (_key, map) => void faults.push(...keyFaults(map)),
  });
  return faults;
}

function keyFaults(map: YAMLMap): readonly Fault[] {
  const seen = new Set<string>();
  return map.items.flatMap(({ key }) => {
    const offset = isNode(key) ? (key.range?.[0] ?? 0) : 0;
    if (!isScalar(key)) return [{ offset, message: 'a key must be a name' }];
    const name = String(key.value);
    if (seen.has(name)) return [{ offset, message: 'the key is written twice' }];
    seen.add(name);
    return [];
  });
}

/** The nodes from the root along the path, as far as it was written. */
function nodesAlong(document: Document, path: readonly PropertyKey[]): readonly Node[] {
  const nodes: Node[] = [];
  let node = resolved(document, document.contents);
  for (const part of [...path, null]) {
    if (node === null) break;
    nodes.push(node);
    if (part !== null) node = resolved(document, childOf(node, part));
  }
  return nodes;
}

function childOf(node: Node, part: PropertyKey): unknown {
  if (isSeq(node)) return node.items[Number(part)];
  if (isMap(node)) return pairOf(node, part)?.value;
  return null;
}

function pairOf(node: Node, part: PropertyKey) {
  if (!isMap(node)) return undefined;
  return node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(part));
}

function resolved(document: Document, node: unknown): Node | null {
  if (isAlias(node)) return node.resolve(document) ?? null;
  return isScalar(node) || isMap(node) || isSeq(node) ? node : null;
}

function offsetOf(document: Document, path: readonly PropertyKey[], at: 'value' | 'key'): number {
  const nodes = nodesAlong(document, path);
  if (at === 'key' && nodes.length >= path.length) {
    const parent = nodes[path.length - 1];
    const key = parent === undefined ? undefined : pairOf(parent, path.at(-1) ?? '')?.key;
    if (isScalar(key)) return key.range?.[0] ?? 0;
  }
  return nodes.at(-1)?.range?.[0] ?? 0;
}
