/** Files that a person brings: a script for the editor, a picture or a clip for a shot. */
import { api } from '../api/client.ts';
import type { CastMember, Import, Patch } from '../api/types.ts';
import { t } from '../strings/index.ts';
import { studio, view } from './app.svelte.ts';
import type { ShotView } from './film.ts';
import { patched, setField, unsetField } from './patch.ts';

const SCRIPTS = /\.(txt|md|fountain|spmd|fdx)$/i;
const LONGEST_SCRIPT = 2_000_000;

/** The words of a script file; null where it is none. */
export async function script(file: File): Promise<string | null> {
  if (!SCRIPTS.test(file.name) && !file.type.startsWith('text/')) return null;
  if (file.size > LONGEST_SCRIPT) {
    studio.report(t('import.long'), null);
    return null;
  }
  return file.text();
}

/** Takes a file into the open film: a script to the editor, where it waits to be taken over; anything else to the shot. */
export async function bring(file: File, shot: ShotView | null): Promise<void> {
  const words = await script(file);
  if (words !== null) {
    view.workspace = 'board';
    view.draft = words;
    studio.said = t('import.script', { name: file.name });
  } else if (shot) {
    const made = await studio.ask(() => api.importFile(file));
    if (made?.kind === 'body') await addBody(made, file.name, shot);
    else if (made) await use(made, shot);
  }
}

/** A new member of the cast with that body, which stands in the shot. */
async function addBody(made: Import, fileName: string, shot: ShotView): Promise<void> {
  const board = studio.board;
  if (!board) return;
  const name = fileName.replace(/\.[^.]*$/, '').replaceAll(/[_-]+/g, ' ').trim().toLowerCase() || t('import.body');
  const id = freeId(name.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '') || 'body', board.cast.map((one) => one.id));
  const member: CastMember = { id, name, kind: name, count: 1, appearance: {}, model: made.file, spans: [], sources: { model: 'edited' } };
  const beat = { who: [id], action: 'stand', what: [], text: '' };
  const added: Patch = [{ op: 'add', path: '/cast/-', value: member }];
  const patch = [...added, ...setField(patched(board, added), shot.path, 'beats', [...shot.shot.beats, beat])];
  if (await studio.edit(t('import.body-edit', { name }), patch)) {
    view.castId = id;
    studio.said = t('import.body-used', { name, shot: shot.slate });
  }
}

/** Gives a member of the cast the body of a file. */
export async function bringBody(file: File, member: number, name: string): Promise<void> {
  const made = await studio.ask(() => api.importFile(file));
  if (!made) return;
  if (made.kind !== 'body') studio.report(t('import.no-body', { name: file.name }), t('import.no-body-hint'));
  else await studio.edit(t('import.body-edit', { name }), setField(studio.board, `/cast/${member}`, 'model', made.file));
}

function freeId(wanted: string, taken: string[]): string {
  let id = wanted.slice(0, 40);
  for (let n = 2; taken.includes(id); n++) id = `${wanted.slice(0, 40)}-${n}`;
  return id;
}

async function use(made: Import, shot: ShotView): Promise<void> {
  const footage = setField(studio.board, shot.path, 'footage', { file: made.file });
  await studio.edit(t('import.edit', { shot: shot.slate }), renderedBy('footage', shot, footage));
  studio.said = t('import.used', { shot: shot.slate });
}

/** Lets the stage show the shot again. */
export function removeFootage(shot: ShotView): Promise<boolean> {
  const patch = renderedBy('stage', shot, unsetField(studio.board, shot.path, 'footage'));
  return studio.edit(t('import.remove-edit', { shot: shot.slate }), patch);
}

/** The change, and who renders the shot after it. */
function renderedBy(renderer: string, shot: ShotView, patch: Patch): Patch {
  return [...patch, ...setField(patched(studio.board, patch), shot.path, 'renderer', renderer)];
}
