/** What is seen at a frame of the film: one shot, or two in a transition, or one on its way to a colour. */
import type { FilmView, ShotView } from './film.ts';
import { shotAt } from './film.ts';

export interface Layer {
  view: ShotView;
  frame: number;
}

export interface Seen {
  base: Layer;
  /** The shot before, while this one comes: mixed by `amount` of this one, or seen right of an edge at `amount`. */
  before?: Layer & { amount: number; wipe: boolean };
  /** How much of the picture is there over the colour, 0 to 1. */
  fade?: { amount: number; white: boolean };
}

/** As the finished film will show it. Dissolves mix the first frames with those that follow the end of the shot before. */
export function seenAt(film: FilmView, frame: number): Seen | null {
  const here = shotAt(film, frame);
  if (!here) return null;
  const { view, frame: at } = here;
  const seen: Seen = { base: { view, frame: at } };
  const before = film.shots[view.index - 1];
  const length = (shot: ShotView) => Math.min(Math.round(shot.shot.transition_in.seconds * film.fps), shot.frames, film.shots[shot.index - 1]?.frames ?? shot.frames);
  const kind = view.shot.transition_in.kind;
  const frames = length(view);
  const part = (n: number, of: number) => (n + 1) / (of + 1);
  if (kind !== 'cut' && frames > 0) {
    if ((kind === 'dissolve' || kind === 'wipe') && before) {
      if (at < frames) seen.before = { view: before, frame: before.frames + at, amount: part(at, frames), wipe: kind === 'wipe' };
    } else {
      const into = before ? Math.ceil(frames / 2) : frames;
      if (at < into) seen.fade = { amount: part(at, into), white: kind === 'fade-white' };
    }
  }
  const after = film.shots[view.index + 1];
  const ending = after ? after.shot.transition_in : film.board.transition_out;
  if (!seen.fade && !seen.before && ending && (ending.kind === 'fade' || ending.kind === 'fade-white' || (!after && ending.kind !== 'cut'))) {
    const out = after ? Math.floor(length(after) / 2) : Math.min(Math.round(ending.seconds * film.fps), view.frames);
    const left = view.frames - 1 - at;
    if (left < out) seen.fade = { amount: part(left, out), white: ending.kind === 'fade-white' };
  }
  return seen;
}
