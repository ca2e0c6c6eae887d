/**
 * Changes of the storyboard. A patched document shares every part that did not change with the one before, so what is drawn
 * from an untouched shot is not drawn again.
 */
import { applyOperation, type Operation } from 'fast-json-patch';
import type { Patch, PatchOp, Source, Sources } from '../api/types.ts';

function keys(path: string): string[] {
  return path.split('/').slice(1).map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function copy<T>(value: T): T {
  if (Array.isArray(value)) return [...value] as T;
  return value !== null && typeof value === 'object' ? { ...value } : value;
}

/** Copies the objects on the way to `path`, so that a change there leaves `root` alone. */
function opened<T>(root: T, path: string): T {
  const top = copy(root);
  let at = top as Record<string, unknown>;
  for (const key of keys(path).slice(0, -1)) {
    const next = copy(at[key]);
    if (next === null || typeof next !== 'object') break;
    at[key] = next;
    at = next as Record<string, unknown>;
  }
  return top;
}

/** The document after `patch`. Throws when the patch does not fit; the document given stays as it was. */
export function patched<T>(document: T, patch: Patch): T {
  let result = document;
  for (const op of patch) {
    result = opened(result, op.path);
    if (op.op === 'move') result = opened(result, op.from);
    const plain = structuredClone(op) as Operation;
    result = applyOperation(result, plain, true, true).newDocument;
  }
  return result;
}

/** The value at `path`. */
export function at(document: unknown, path: string): unknown {
  let value = document;
  for (const key of keys(path)) {
    if (value === null || typeof value !== 'object') return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

export function escapeKey(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** Sets `owner/field` by hand: the value, and the mark that says so in the owner's `sources`. `undefined` takes it away. */
export function setField(document: unknown, owner: string, field: string, value: unknown, source: Source = 'edited'): Patch {
  const key = escapeKey(field);
  const exists = at(document, `${owner}/${key}`) !== undefined;
  const patch: PatchOp[] = [];
  if (value === undefined) {
    if (exists) patch.push({ op: 'remove', path: `${owner}/${key}` });
  } else {
    patch.push({ op: exists ? 'replace' : 'add', path: `${owner}/${key}`, value });
  }
  const sources = at(document, `${owner}/sources`) as Sources | undefined;
  if (sources === undefined) patch.push({ op: 'add', path: `${owner}/sources`, value: { [field]: source } });
  else patch.push({ op: 'add', path: `${owner}/sources/${key}`, value: source });
  return patch;
}

/** Takes away what was set by hand, with its mark: the owner is as it was before anybody touched it. */
export function unsetField(document: unknown, owner: string, field: string): Patch {
  const key = escapeKey(field);
  const patch: PatchOp[] = [];
  if (at(document, `${owner}/${key}`) !== undefined) patch.push({ op: 'remove', path: `${owner}/${key}` });
  const sources = at(document, `${owner}/sources`) as Sources | undefined;
  if (sources && field in sources) patch.push({ op: 'remove', path: Object.keys(sources).length > 1 ? `${owner}/sources/${key}` : `${owner}/sources` });
  return patch;
}

/** Sets a value that has no mark of its own. */
export function setValue(document: unknown, path: string, value: unknown): Patch {
  const exists = at(document, path) !== undefined;
  if (value === undefined) return exists ? [{ op: 'remove', path }] : [];
  return [{ op: exists ? 'replace' : 'add', path, value }];
}
