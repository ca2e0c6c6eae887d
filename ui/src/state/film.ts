/** The storyboard as the board shows it: shots in a row, with their slates, lengths in frames and names. */
import type { Beat, CastMember, Options, Scene, Shot, Storyboard } from '../api/types.ts';

export interface ShotView {
  shot: Shot;
  scene: Scene;
  sceneIndex: number;
  shotIndex: number;
  /** Its place among all shots. */
  index: number;
  /** `1A`: the scene's number and the shot's letter. */
  slate: string;
  title: string;
  /** First frame in the film, and how many. */
  start: number;
  frames: number;
  /** Where it stands in the document. */
  path: string;
  /** Goes up with whatever changes how it looks. */
  version: string;
}

export interface SceneView {
  scene: Scene;
  index: number;
  path: string;
  title: string;
  start: number;
  frames: number;
  shots: ShotView[];
}

export interface FilmView {
  board: Storyboard;
  scenes: SceneView[];
  shots: ShotView[];
  byId: Map<string, ShotView>;
  frames: number;
  fps: number;
}

export function letter(index: number): string {
  return index < 26 ? String.fromCharCode(65 + index) : letter(Math.floor(index / 26) - 1) + letter(index % 26);
}

export function capital(text: string): string {
  return text ? text[0]!.toUpperCase() + text.slice(1) : text;
}

/** `golden-hour` as a person reads it. */
export function words(value: string): string {
  return value.replaceAll('-', ' ').replaceAll('_', ' ');
}

export function member(board: Storyboard, id: string): CastMember | undefined {
  return board.cast.find((one) => one.id === id);
}

/** A name in a list of the cast, or the plain word that stands in its place. */
export function nameOf(board: Storyboard, id: string): string {
  return member(board, id)?.name ?? words(id);
}

/** What happens in a beat, in two to four words. */
export function beatWords(board: Storyboard, beat: Beat): string {
  const who = beat.who.map((id) => shortName(nameOf(board, id))).join(', ');
  // Plain words without their preposition ("walk tent") say less than none; members of the cast are named.
  const what = [beat.becomes ?? [], beat.what].flat().map((id) => member(board, id)).find(Boolean);
  if (!beat.action) return beat.text ? clip(beat.text, 40) : who;
  if (!who) return [...beat.what.slice(0, 1), words(beat.action)].map((id) => shortName(nameOf(board, id))).join(' ');
  const one = beat.who.length === 1 && (member(board, beat.who[0]!)?.count ?? 1) === 1;
  return [who, one ? thirdPerson(words(beat.action)) : words(beat.action), what ? shortName(what.name) : ''].filter(Boolean).join(' ');
}

/** `walk` as one does it: `walks`. */
export function thirdPerson(verb: string): string {
  const [first = '', ...rest] = verb.split(' ');
  const end = /(s|x|z|ch|sh|o)$/.test(first) ? `${first}es` : /[^aeiou]y$/.test(first) ? `${first.slice(0, -1)}ies` : first === 'be' ? 'is' : first === 'have' ? 'has' : `${first}s`;
  return [end, ...rest].join(' ');
}

function shortName(name: string): string {
  const parts = name.split(' ').filter((word) => !/^(the|a|an|her|his|their|its|my|our)$/i.test(word));
  return parts.slice(-2).join(' ');
}

function clip(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const cut = text.slice(0, limit);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(' '), limit - 12)).replace(/[,;:.]+$/, '')}…`;
}

function shotTitle(board: Storyboard, shot: Shot): string {
  const beat = shot.beats.find((one) => one.action && one.who.length > 0) ?? shot.beats.find((one) => one.action) ?? shot.beats[0];
  if (beat) return capital(beatWords(board, beat));
  const line = shot.sound.dialogue?.[0];
  if (line) return clip(`“${line.text}”`, 32);
  return capital(words(shot.camera.framing));
}

/** `Wide, low, track`: what a cameraman would write on the card. */
export function cameraWords(shot: Shot, options: Options | null): string {
  const label = (list: { value: string; label: string }[] | undefined, value: string) =>
    (list?.find((one) => one.value === value)?.label ?? words(value)).toLowerCase();
  const parts = [label(options?.framings, shot.camera.framing)];
  if (shot.camera.angle !== 'eye-level') parts.push(label(options?.angles, shot.camera.angle));
  parts.push(label(options?.moves, shot.camera.move));
  return capital(parts.join(', '));
}

export function sceneTitle(board: Storyboard, scene: Scene): string {
  const place = board.places.find((one) => one.id === scene.place)?.name ?? words(scene.place);
  return `${capital(place)}, ${words(scene.time)}`;
}

const hashes = new WeakMap<object, number>();

/** A hash of a value's JSON (FNV-1a), remembered by identity: parts that did not change are hashed once. */
export function hashOf(value: object): number {
  const known = hashes.get(value);
  if (known !== undefined) return known;
  const text = JSON.stringify(value);
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hashes.set(value, hash >>> 0);
  return hash >>> 0;
}

function mix(...parts: number[]): string {
  let hash = 0x811c9dc5;
  for (const part of parts) for (let i = 0; i < 32; i += 8) hash = Math.imul(hash ^ ((part >>> i) & 255), 0x01000193);
  return (hash >>> 0).toString(36);
}

export function filmView(board: Storyboard): FilmView {
  const fps = board.format.fps;
  const scenes: SceneView[] = [];
  const shots: ShotView[] = [];
  const common = [hashOf(board.look), hashOf(board.format), hashOf(board.cast), hashOf(board.places), board.seed | 0];
  let start = 0;
  let seconds = 0;
  board.scenes.forEach((scene, sceneIndex) => {
    const sceneStart = start;
    const { shots: _, ...setting } = scene;
    const sceneHash = hashOf(setting);
    const list = scene.shots.map((shot, shotIndex): ShotView => {
      // A shot begins at the frame nearest to its time, so that rounding never adds up.
      seconds += shot.seconds;
      const frames = Math.max(1, Math.round(seconds * fps) - start);
      const view: ShotView = {
        shot, scene, sceneIndex, shotIndex, index: shots.length + shotIndex,
        slate: `${sceneIndex + 1}${letter(shotIndex)}`,
        title: shotTitle(board, shot),
        start, frames,
        path: `/scenes/${sceneIndex}/shots/${shotIndex}`,
        version: mix(...common, sceneHash, hashOf(shot)),
      };
      start += frames;
      return view;
    });
    shots.push(...list);
    scenes.push({ scene, index: sceneIndex, path: `/scenes/${sceneIndex}`, title: sceneTitle(board, scene), start: sceneStart, frames: start - sceneStart, shots: list });
  });
  return { board, scenes, shots, byId: new Map(shots.map((one) => [one.shot.id, one])), frames: start, fps };
}

/** The shot that is seen at a frame of the film, and the frame within it. The last shot holds its last frame. */
export function shotAt(film: FilmView, frame: number): { view: ShotView; frame: number } | null {
  let low = 0;
  let high = film.shots.length - 1;
  if (high < 0) return null;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (film.shots[middle]!.start <= frame) low = middle;
    else high = middle - 1;
  }
  const view = film.shots[low]!;
  return { view, frame: Math.min(Math.max(0, Math.floor(frame) - view.start), view.frames - 1) };
}

/** Which frame each beat begins at. Beats share the shot's length; a simultaneous one begins with the beat before it. */
export function beatStarts(view: ShotView): number[] {
  const steps = view.shot.beats.reduce((n, beat, i) => n + (i > 0 && beat.simultaneous ? 0 : 1), 0);
  let step = -1;
  return view.shot.beats.map((beat, i) => {
    if (i === 0 || !beat.simultaneous) step += 1;
    return Math.round((step * view.frames) / Math.max(1, steps));
  });
}

/** Names of the cast that a shot shows, in the order they come. */
export function castOf(shot: Shot): string[] {
  const ids = new Set<string>();
  for (const one of shot.continuity ?? []) ids.add(one.who);
  for (const beat of shot.beats) for (const id of [...beat.who, beat.becomes ?? []].flat()) ids.add(id);
  return [...ids];
}

export function aspectName(width: number, height: number): string {
  const known: [number, string][] = [[16 / 9, '16:9'], [9 / 16, '9:16'], [1, '1:1'], [4 / 3, '4:3'], [2.39, '2.39:1'], [1.85, '1.85:1'], [21 / 9, '21:9'], [4 / 5, '4:5']];
  const ratio = width / height;
  return known.find(([value]) => Math.abs(value - ratio) < 0.012)?.[1] ?? `${ratio.toFixed(2)}:1`;
}

export function sizeName(width: number, height: number): string {
  return `${Math.min(width, height)}p`;
}
