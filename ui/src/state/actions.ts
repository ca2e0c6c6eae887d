/** What a person does to the film, in one place: keys, buttons, menus and the palette all come here. */
import { api } from '../api/client.ts';
import type { Changed, Hand, Mark, Source } from '../api/types.ts';
import { t } from '../strings/index.ts';
import { playback, studio, view } from './app.svelte.ts';
import { shotAt, type ShotView } from './film.ts';
import { setField, setValue, unsetField } from './patch.ts';

/** Sets a field of an object of the document by hand. */
export function setBy(owner: string, field: string, value: unknown, label: string, merge = false, source: Source = 'edited'): Promise<boolean> {
  return studio.edit(label, setField(studio.board, owner, field, value, source), merge ? `${owner}/${field}` : undefined);
}

export function setPlain(path: string, value: unknown, label: string, merge = false): Promise<boolean> {
  return studio.edit(label, setValue(studio.board, path, value), merge ? path : undefined);
}

/** What the hand did to the camera of a shot; steps of one `gesture` are undone together. Nothing puts the camera back. */
export function setHand(shot: ShotView, hand: Hand | undefined, gesture: string): Promise<boolean> {
  const owner = `${shot.path}/camera`;
  const patch = hand ? setField(studio.board, owner, 'hand', hand) : unsetField(studio.board, owner, 'hand');
  return studio.edit(t('edit.camera', { shot: shot.slate }), patch, `${gesture}/hand`);
}

/** Where people of a shot were set by hand. */
export function setBlocking(shot: ShotView, blocking: Mark[] | undefined, name: string, gesture: string): Promise<boolean> {
  const patch = blocking ? setField(studio.board, shot.path, 'blocking', blocking) : unsetField(studio.board, shot.path, 'blocking');
  return studio.edit(t('edit.blocking', { name, shot: shot.slate }), patch, `${gesture}/blocking`);
}

/** Puts the camera and everybody of a shot back to where the stage has them. */
export function resetArrangement(shot: ShotView): Promise<boolean> {
  const patch = [...unsetField(studio.board, `${shot.path}/camera`, 'hand'), ...unsetField(studio.board, shot.path, 'blocking')];
  return studio.edit(t('edit.arrange-reset', { shot: shot.slate }), patch);
}

async function goTo(change: Promise<Changed | null>): Promise<void> {
  const done = await change;
  const id = done?.shots?.[0];
  const made = id ? studio.film?.byId.get(id) : undefined;
  if (made) playback.seek(made.start);
}

export async function newShot(): Promise<void> {
  const here = view.current;
  if (here) return goTo(studio.change(() => api.addShot(here.scene.id, here.shot.id)));
  const scene = studio.board?.scenes.at(-1);
  if (scene) await goTo(studio.change(() => api.addShot(scene.id, null)));
}

export async function newScene(): Promise<void> {
  await goTo(studio.change(() => api.addScene(view.current?.scene.id ?? null)));
}

export async function divide(): Promise<void> {
  const film = studio.film;
  const here = film && shotAt(film, playback.frame);
  if (!here || here.frame < 1) {
    studio.said = t('board.divide-nowhere');
    return;
  }
  await goTo(studio.change(() => api.divideShot(here.view.shot.id, here.frame)));
}

export async function duplicate(): Promise<void> {
  const here = view.current;
  if (here) await goTo(studio.change(() => api.duplicateShot(here.shot.id)));
}

export async function removeSelected(): Promise<void> {
  const shots = view.selected;
  const here = view.current;
  if (shots.length === 0 || !here) return;
  await studio.change(() => api.removeShots(shots));
  view.extra = new Set();
  playback.seek(Math.min(here.start, (studio.film?.frames ?? 1) - 1));
}

/** Moves shots to stand after `after` in a scene, and stays with the first of them. */
export async function moveShots(shots: string[], scene: string, after: string | null): Promise<void> {
  const id = shots[0];
  if (!id) return;
  const within = playback.frame - (studio.film?.byId.get(id)?.start ?? 0);
  await studio.change(() => api.moveShots(shots, scene, after));
  const moved = studio.film?.byId.get(id);
  if (moved) playback.seek(moved.start + Math.max(0, Math.min(within, moved.frames - 1)));
}

/** One place earlier or later; past the end of a scene it goes into the next. */
export async function moveInTime(step: -1 | 1): Promise<void> {
  const film = studio.film;
  const here = view.current;
  if (!film || !here) return;
  const scene = film.scenes[here.sceneIndex]!;
  const target = here.shotIndex + step;
  if (target >= 0 && target < scene.shots.length) {
    const after = step < 0 ? (scene.shots[target - 1]?.shot.id ?? null) : scene.shots[target]!.shot.id;
    await moveShots([here.shot.id], scene.scene.id, after);
  } else {
    await moveToScene(step);
  }
}

/** To the end of the scene before, or the beginning of the scene after. */
export async function moveToScene(step: -1 | 1): Promise<void> {
  const film = studio.film;
  const here = view.current;
  const scene = here && film?.scenes[here.sceneIndex + step];
  if (!here || !scene) return;
  await moveShots([here.shot.id], scene.scene.id, step < 0 ? (scene.shots.at(-1)?.shot.id ?? null) : null);
}

/** Sets how long a shot is. */
export function setLength(shot: ShotView, frames: number, fps: number, merge: boolean): Promise<boolean> {
  return setBy(shot.path, 'seconds', Math.max(1, Math.round(frames)) / fps, t('edit.trim', { shot: shot.slate }), merge);
}

export async function trimTo(edge: 'start' | 'end'): Promise<void> {
  const film = studio.film;
  const here = film && shotAt(film, playback.frame);
  if (!film || !here) return;
  const frames = edge === 'end' ? here.frame + 1 : here.view.frames - here.frame;
  await setLength(here.view, frames, film.fps, false);
  playback.seek(edge === 'end' ? here.view.start + frames - 1 : here.view.start);
}

export function stepShot(step: -1 | 1): void {
  const next = studio.film?.shots[(view.current?.index ?? 0) + step];
  if (!next) return;
  view.extra = new Set();
  playback.pause();
  playback.seek(next.start);
}

export async function undo(): Promise<void> {
  if (studio.project?.undo) await studio.change(api.undo);
}

export async function redo(): Promise<void> {
  if (studio.project?.redo) await studio.change(api.redo);
}

/** Reads the script again; what its words leave alone stays. */
export async function updateBoard(): Promise<void> {
  const script = view.draft ?? studio.board?.script;
  if (script === undefined || !script.trim()) return;
  const done = await studio.change(() => api.replan(script));
  if (done) {
    view.draft = null;
    playback.seek(playback.frame);
  }
}

export async function render(shots: string[] | null, renderer?: string, quality = 'standard'): Promise<void> {
  // The renderers take a few seconds after the start; a wish that comes before them waits for them.
  if (!studio.engine.ready && !studio.engine.lost) {
    studio.said = t('queue.starting');
    await studio.ready(30_000);
  }
  const done = await studio.ask(() => api.render(shots, quality, renderer));
  if (done) studio.said = done.jobs.length ? t('queue.added', { n: done.jobs.length }) : t('queue.nothing');
}

export async function chooseTake(number: number): Promise<void> {
  const here = view.current;
  const take = here && studio.takes[here.shot.id]?.find((one) => one.number === number);
  if (here && take) await studio.change(() => api.chooseTake(here.shot.id, take.key));
}
