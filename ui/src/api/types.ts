/** The shapes of the studio's API and of the storyboard, as the program writes them. */

export type Source = 'script' | 'chosen' | 'edited';
export type Sources = Record<string, Source>;
/** A range of the script: UTF-8 bytes in the storyboard, UTF-16 code units in a `Reading`. */
export type Span = [number, number];

export interface Storyboard {
  version: number;
  title: string;
  script: string;
  theme: string;
  mood: string[];
  seed: number;
  look: Look;
  format: Format;
  cast: CastMember[];
  places: Place[];
  scenes: Scene[];
  transition_out?: Transition;
  notes: Note[];
}

export interface Look {
  style: string;
  palette: string;
  grain: number;
  negative: string;
  sources?: Sources;
}

export interface Format {
  width: number;
  height: number;
  fps: number;
  seconds: number;
  sources?: Sources;
}

export interface CastMember {
  id: string;
  name: string;
  kind: string;
  count: number;
  appearance: Record<string, unknown>;
  /** A GLB file in the project's folder of imports. */
  model?: string;
  spans: Span[];
  sources?: Sources;
}

export interface Place {
  id: string;
  name: string;
  kind: string;
  ground?: string;
  backdrop: string[];
  spans: Span[];
  sources?: Sources;
}

export interface Scene {
  id: string;
  place: string;
  time: string;
  weather: string;
  season: string;
  wind?: number;
  shots: Shot[];
  sources?: Sources;
}

export interface Shot {
  id: string;
  seconds: number;
  seed: number;
  renderer: string;
  footage?: Footage;
  beats: Beat[];
  continuity?: Presence[];
  blocking?: Mark[];
  developments?: Development[];
  camera: Camera;
  transition_in: Transition;
  sound: Sound;
  take?: { key: string; stands: string };
  sources?: Sources;
}

/** A picture or a clip that the user has brought. */
export interface Footage {
  /** The file in the project's folder of imports. */
  file: string;
  /** Where in the clip the shot begins. */
  start_secs?: number;
}

/** Where somebody was set by hand, relative to where the stage has them. */
export interface Mark {
  who: string;
  /** One of a group, from 1; all of it when absent. */
  individual?: number;
  right_m?: number;
  /** Towards the camera as it was framed. */
  forward_m?: number;
  turn_deg?: number;
}

/** What the hand did to the camera. */
export interface Hand {
  orbit_deg?: number;
  elevation_deg?: number;
  /** A factor. */
  distance?: number;
  pan_deg?: number;
  tilt_deg?: number;
}

/** Where the camera and everyone of a shot are at a frame. */
export interface Layout {
  revision: number;
  shot: string;
  frame: number;
  camera: LayoutCamera;
  cast: LayoutActor[];
}

export interface LayoutCamera {
  position: [number, number, number];
  target: [number, number, number];
  up: [number, number, number];
  fov_y_deg: number;
  aspect: number;
}

export interface LayoutActor {
  who: string;
  individual: number;
  position: [number, number, number];
  facing_deg: number;
  /** Left, top, right, bottom, as parts of the picture. */
  box: [number, number, number, number] | null;
  distance_m: number;
}

/** Something that is different at the end of a shot: from dawn to dusk. */
export interface Development {
  what: string;
  from?: string;
  to: string;
  span?: Span;
}

export interface Presence {
  who: string;
  side: string;
  facing: string;
  wearing?: string[];
  holding?: string[];
}

export interface Beat {
  who: string[];
  action: string;
  shown_as?: string;
  what: string[];
  placements?: Placement[];
  becomes?: string;
  where?: string;
  simultaneous?: boolean;
  text: string;
  span?: Span;
}

/** What stands where: both are members of the cast by id, or plain words. */
export interface Placement {
  what: string;
  how: 'on' | 'under' | 'behind' | 'in-front-of' | 'beside';
  to: string;
}

export interface Camera {
  framing: string;
  angle: string;
  move: string;
  speed: string;
  lens_mm: number;
  focus?: string;
  depth_of_field: string;
  hand?: Hand;
  sources?: Sources;
}

export interface Transition {
  kind: string;
  seconds: number;
  reason?: string;
}

export interface Sound {
  ambience: string[];
  narration: string | null;
  dialogue?: Line[];
}

export interface Line {
  who?: string;
  text: string;
  manner?: string;
  span?: Span;
}

export type NoteKind = 'assumed' | 'shown-as' | 'contradiction' | 'limited' | 'not-understood';

export interface Note {
  kind?: NoteKind;
  span?: Span;
  text: string;
}

/** A change of a JSON document, RFC 6902. */
export type PatchOp =
  | { op: 'add' | 'replace' | 'test'; path: string; value: unknown }
  | { op: 'remove'; path: string }
  | { op: 'move' | 'copy'; path: string; from: string };
export type Patch = PatchOp[];

export interface Project {
  name: string;
  folder: string;
  saved: 'saved' | 'saving' | 'failed';
  problem: string | null;
  undo: string | null;
  redo: string | null;
  recovered_steps: number;
}

export type JobState = 'queued' | 'running' | 'paused' | 'cancelling' | 'done' | 'failed' | 'cancelled' | 'interrupted';

export interface Job {
  id: string;
  title: string;
  state: JobState;
  kind: 'take' | 'export';
  shot: string | null;
  frame: number;
  frames: number;
  frames_done: number;
  frames_total: number;
  elapsed_secs: number;
  left_secs: number | null;
  failure: { message: string; hint: string | null } | null;
  path: string | null;
  priority: number;
  /** The number of the small rough picture of what a video model is about to make. */
  sketch: number | null;
  /** What the renderer says of how it makes the shot in hand. */
  note: string | null;
}

export interface TakeInfo {
  key: string;
  number: number;
  shot: string;
  renderer: string;
  quality: string;
  width: number;
  height: number;
  fps: number;
  frames: number;
  seed: number;
  starred: boolean;
  chosen: boolean;
  current: boolean;
  /** Whether it is the one that plays in the film. */
  shown: boolean;
  made_unix: number;
}

/** Half-open ranges of frames. */
export type Ranges = [number, number][];

export interface Engine {
  ready: boolean;
  adapter: string;
  software: boolean;
  busy: string | null;
  lost: string | null;
}

export interface State {
  revision: number;
  project: Project | null;
  board: Storyboard | null;
  jobs: Job[];
  takes: Record<string, TakeInfo[]>;
  previews: Record<string, Ranges>;
  engine: Engine;
  event: number;
}

export type StudioEvent =
  | { type: 'board'; revision: number; patch: Patch | null; project: Project | null }
  | { type: 'job'; job: Job }
  | { type: 'takes'; shot: string; takes: TakeInfo[] }
  | { type: 'previews'; shot: string; ranges: Ranges }
  | { type: 'engine'; engine: Engine }
  | { type: 'model'; model: Model }
  | { type: 'notice'; text: string; hint: string | null }
  | { type: 'project'; project: Project | null };

export interface EventBatch {
  events: StudioEvent[];
  next: number;
  missed: boolean;
}

export interface Changed {
  revision: number;
  patch: Patch | null;
  label?: string;
  shots?: string[];
}

export type Category = 'who' | 'where' | 'what' | 'when' | 'mood' | 'camera';

export interface ReadSpan {
  start: number;
  end: number;
  kind: Category;
  to: { shot?: string; scene?: string; cast?: string; place?: string };
}

export interface Reading {
  spans: ReadSpan[];
  scenes: number;
  shots: number;
  seconds: number;
}

export interface Rail {
  shot: string;
  spans: Span[];
}

export interface RecentProject {
  name: string;
  folder: string;
  modified_unix: number;
  seconds: number;
  poster: boolean;
}

export interface Projects {
  recent: RecentProject[];
  default_folder: string;
}

export interface Wishes {
  width?: number;
  height?: number;
  fps?: number;
  seconds?: number;
  style?: string;
  seed?: number;
}

export interface Choice {
  value: string;
  label: string;
}

export interface Options {
  framings: Choice[];
  angles: Choice[];
  moves: Choice[];
  speeds: Choice[];
  depths_of_field: Choice[];
  transitions: Choice[];
  times: Choice[];
  weathers: Choice[];
  seasons: Choice[];
  styles: { name: string; label: string }[];
  palettes: string[];
  places: { kind: string; label: string }[];
  kinds: { kind: string; label: string; group: string; height_m?: number }[];
  actions: string[];
  ambience: string[];
  sizes: { label: string; width: number; height: number; aspect: string }[];
  fps: number[];
  qualities: string[];
  renderers: { name: string; label: string; available: boolean; reason: string | null }[];
  presets: { id: string; label: string; detail: string; extension: string; available: boolean; reason: string | null }[];
  languages: string[];
}

export interface Model {
  name: string;
  label: string;
  detail: string;
  maker: string;
  page: string | null;
  state: 'absent' | 'partial' | 'installed' | 'damaged' | 'built-in';
  installed: boolean;
  damaged: boolean;
  size_bytes: number;
  /** Whether that is exact, not a rough number. */
  size_known: boolean;
  disk_bytes: number;
  licence: string;
  licence_summary: string;
  licence_accepted: boolean;
  memory_bytes: number;
  needs: { precision: string; bytes: number }[];
  machine_bytes: number;
  fits: boolean;
  capabilities: ('text' | 'image' | 'control' | 'reference')[];
  transfer: Transfer | null;
  problem: { message: string; hint: string | null } | null;
}

/** Work on a model's files. */
export interface Transfer {
  kind: 'pull' | 'verify';
  done_bytes: number;
  total_bytes: number;
  bytes_per_sec: number;
  left_secs: number | null;
  stopping: boolean;
}

export interface LicenceText {
  id: string;
  summary: string;
  text: string;
}

export interface Settings {
  cache_limit_bytes: number;
  takes_limit_bytes: number;
  preview_height: number;
  threads: number;
  contrast: 'normal' | 'high';
  language: string;
  adviser: string;
  adviser_model: string;
}

export interface Import {
  file: string;
  kind: 'picture' | 'clip' | 'body';
  width: number;
  height: number;
  seconds: number;
}

export interface CacheInfo {
  preview_bytes: number;
  preview_limit_bytes: number;
  takes_bytes: number;
  takes_unused_bytes: number;
  takes_limit_bytes: number;
  takes_folder: string | null;
}

export interface ExportOrder {
  preset: string;
  path: string;
  quality: string;
  width?: number;
  height?: number;
  /** Frames of the film: the first, and the one after the last. */
  from?: number;
  to?: number;
  overwrite: boolean;
}
