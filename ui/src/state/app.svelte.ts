/** The one studio of this page: what the program told us, the playhead, and what the person looks at. */
import type { Category } from '../api/types.ts';
import { shotAt, type ShotView } from './film.ts';
import { frames } from './frames.ts';
import { Playback } from './playback.svelte.ts';
import { Studio } from './studio.svelte.ts';

export type Workspace = 'board' | 'cast' | 'look' | 'models';
export type InspectorTab = 'shot' | 'scene' | 'film';
export type Dialog = 'export' | 'keys' | 'commands' | 'settings' | 'open' | 'save-as' | 'remove' | 'licence' | null;

export const studio = new Studio();
frames.revision = () => studio.revision;
export const playback = new Playback(() => studio.film);

/** The aspect guides, in the order that A goes through them. */
export const ASPECTS = [null, 2.39, 1.85, 1, 9 / 16] as const;

class View {
  workspace = $state<Workspace>('board');
  tab = $state<InspectorTab>('shot');
  queue = $state(false);
  dialog = $state<Dialog>(null);
  /** A menu that a key opens: the transition of the current shot. */
  transitionMenu = $state<string | null>(null);
  safe = $state(false);
  aspect = $state<(typeof ASPECTS)[number]>(null);
  wipe = $state(false);
  /** Whether camera and cast can be dragged in the viewer, and whether a hand is doing so. */
  arrange = $state(false);
  arranging = $state(false);
  wipeAt = $state(0.5);
  /** What stands left of the wipe: the depth of the stage, or a take. */
  wipeAgainst = $state<string>('depth');
  kind = $state<'picture' | 'depth' | 'mask'>('picture');
  greyRoom = $state(false);
  fullScreen = $state(false);
  /** The picture at its own size instead of fitting. */
  actualSize = $state(false);
  /** Pixels of a second on the storyboard; `null` fits the film. */
  zoom = $state<number | null>(null);
  /** Categories of the script that are underlined. */
  hues = $state<Record<Category, boolean>>({ who: true, where: true, what: true, when: true, mood: true, camera: true });
  /** What the pointer rests on: the words and fields of one category, in one shot or everywhere. */
  lit = $state.raw<{ category: Category; shot: string | null } | null>(null);
  /** The field of the inspector that a click on a word leads to. */
  reach = $state.raw<{ category: Category; at: number } | null>(null);
  /** Shots selected besides the one at the playhead. */
  extra = $state.raw<ReadonlySet<string>>(new Set());
  /** The shot that a file would be dropped on. */
  dropOn = $state<string | null>(null);
  castId = $state<string | null>(null);
  /** The height at which the program keeps previews; asking for another would have each drawn again. */
  previewHeight = $state(360);
  /** Whether a new film is being written although one is open. */
  starting = $state(false);
  /** The script as it stands in the editor, when it differs from the board's. */
  draft = $state<string | null>(null);

  /** The shot at the playhead. */
  readonly current: ShotView | null = $derived.by(() => {
    const film = studio.film;
    return film ? (shotAt(film, playback.frame)?.view ?? null) : null;
  });

  readonly selected: string[] = $derived.by(() => {
    const id = this.current?.shot.id;
    return id ? [id, ...[...this.extra].filter((one) => one !== id && studio.film?.byId.has(one))] : [];
  });

  /** Whether the page for a new film is shown instead of the workspaces. */
  readonly first: boolean = $derived(studio.loaded && (studio.board === null || this.starting));

  /** Goes to a shot: to its first frame, unless the playhead is in it already. */
  select(id: string): void {
    const view = studio.film?.byId.get(id);
    if (!view) return;
    this.extra = new Set();
    if (this.current?.shot.id !== id) playback.seek(view.start);
  }

  extend(id: string): void {
    const next = new Set(this.extra);
    if (this.current) next.add(this.current.shot.id);
    if (next.has(id) && this.current?.shot.id !== id) next.delete(id);
    else next.add(id);
    this.extra = next;
  }
}

export const view = new View();

/** The take that plays in the film for a shot, if there is one. */
export function shownTake(shot: string) {
  return studio.takes[shot]?.find((take) => take.shown) ?? null;
}
