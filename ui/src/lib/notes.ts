import type { Note, Storyboard } from '../api/types.ts';
import type { FilmView } from '../state/film.ts';

/** Kinds of note that a person should look at; the others only say what was chosen where the script is silent. */
export function isWarning(note: Note): boolean {
  return note.kind !== undefined && note.kind !== 'assumed';
}

/** The shot whose beats were read from the words that a note speaks of. */
export function shotOf(note: Note, film: FilmView): string | null {
  if (!note.span) return null;
  const [from, to] = note.span;
  const found = film.shots.find((one) => one.shot.beats.some((beat) => beat.span && beat.span[0] < to && from < beat.span[1]));
  return found?.shot.id ?? null;
}

/** How many notes to look at each shot has. */
export function warningsOf(board: Storyboard, film: FilmView): Map<string, number> {
  const counts = new Map<string, number>();
  for (const note of board.notes) {
    const shot = isWarning(note) ? shotOf(note, film) : null;
    if (shot) counts.set(shot, (counts.get(shot) ?? 0) + 1);
  }
  return counts;
}
