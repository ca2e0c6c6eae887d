/** What each command of the keyboard table does. */
import { ASPECTS, playback, studio, view, type Workspace } from './state/app.svelte.ts';
import * as act from './state/actions.ts';
import { desktop } from './state/desktop.svelte.ts';
import type { CommandId } from './keys.ts';

function go(workspace: Workspace): void {
  if (view.first && workspace !== 'board' && workspace !== 'models') return;
  view.workspace = workspace;
}

const PANELS = ['.script', '.viewer', '.insp', '.board', '.clist', '.lineup', '.mwrap'];

/** Moves the focus to the next panel, to what in it was focused last or can be focused first. */
function nextPanel(step: 1 | -1): void {
  const panels = PANELS.flatMap((selector) => [...document.querySelectorAll<HTMLElement>(selector)]);
  const at = panels.findIndex((panel) => panel.contains(document.activeElement));
  const panel = panels[(at + step + panels.length) % panels.length];
  panel?.querySelector<HTMLElement>('[aria-current="true"][tabindex="0"], textarea, [tabindex="0"], button:not([tabindex="-1"]), a[href]')?.focus();
}

const { max, min } = Math;

export function zoomBy(factor: number): void {
  const film = studio.film;
  if (!film) return;
  const width = document.querySelector('.tl')?.clientWidth ?? 1400;
  const fit = (width - 24 - (film.scenes.length - 1) * 8) / max(1, film.frames / film.fps);
  const next = min(400, (view.zoom ?? fit) * factor);
  view.zoom = next <= fit * 1.001 ? null : next;
}

const takes = Object.fromEntries(
  ([1, 2, 3, 4, 5, 6, 7, 8, 9] as const).map((n) => [`take-${n}`, () => void act.chooseTake(n)]),
) as Record<`take-${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9}`, () => void>;

/** Null where the command has nothing to work on. */
export const COMMANDS: Record<CommandId, () => void> = {
  ...takes,
  play: () => playback.toggle(),
  reverse: () => playback.shuttle(-1),
  stop: () => playback.pause(),
  forward: () => playback.shuttle(1),
  'frame-back': () => playback.step(-1),
  'frame-on': () => playback.step(1),
  'second-back': () => playback.step(-(studio.film?.fps ?? 24)),
  'second-on': () => playback.step(studio.film?.fps ?? 24),
  'shot-before': () => act.stepShot(-1),
  'shot-after': () => act.stepShot(1),
  'first-frame': () => playback.seek(0),
  'last-frame': () => playback.seek(Number.MAX_SAFE_INTEGER),
  'mark-in': () => playback.setMark('in'),
  'mark-out': () => playback.setMark('out'),
  'clear-marks': () => playback.clearMarks(),
  loop: () => (playback.loop = !playback.loop),
  'new-shot': () => void act.newShot(),
  'new-scene': () => void act.newScene(),
  divide: () => void act.divide(),
  duplicate: () => void act.duplicate(),
  'move-earlier': () => void act.moveInTime(-1),
  'move-later': () => void act.moveInTime(1),
  'move-scene-before': () => void act.moveToScene(-1),
  'move-scene-after': () => void act.moveToScene(1),
  'trim-start': () => void act.trimTo('start'),
  'trim-end': () => void act.trimTo('end'),
  transition: () => (view.transitionMenu = view.current?.shot.id ?? null),
  'new-take': () => void act.render(view.selected),
  remove: () => void act.removeSelected(),
  inspector: () => {
    view.queue = false;
    requestAnimationFrame(() => document.querySelector<HTMLElement>('.insp [role="tab"][aria-selected="true"]')?.focus());
  },
  safe: () => (view.safe = !view.safe),
  aspect: () => (view.aspect = ASPECTS[(ASPECTS.indexOf(view.aspect) + 1) % ASPECTS.length]!),
  wipe: () => (view.wipe = !view.wipe),
  arrange: () => (view.arrange = !view.arrange),
  'grey-room': () => (view.greyRoom = !view.greyRoom),
  'full-screen': () => (view.fullScreen = !view.fullScreen),
  monitor: () => {
    const now = view.current;
    if (now) void studio.ask(() => desktop.showMonitor(!desktop.monitor, now.shot.id, playback.frame - now.start));
  },
  'view-depth': () => (view.kind = view.kind === 'depth' ? 'picture' : 'depth'),
  'view-mask': () => (view.kind = view.kind === 'mask' ? 'picture' : 'mask'),
  'zoom-in': () => zoomBy(1.5),
  'zoom-out': () => zoomBy(1 / 1.5),
  script: () => document.querySelector<HTMLElement>('.script textarea, .first textarea')?.focus(),
  'next-panel': () => nextPanel(1),
  'previous-panel': () => nextPanel(-1),
  queue: () => (view.queue = !view.queue),
  undo: () => void act.undo(),
  redo: () => void act.redo(),
  update: () => void act.updateBoard(),
  'render-shot': () => void act.render(view.selected),
  'render-all': () => void act.render(null),
  export: () => (view.dialog = 'export'),
  board: () => go('board'),
  cast: () => go('cast'),
  look: () => go('look'),
  models: () => go('models'),
  commands: () => (view.dialog = 'commands'),
  keys: () => (view.dialog = 'keys'),
  settings: () => (view.dialog = 'settings'),
  'new-film': () => (view.starting = true),
  'open-film': () => (view.dialog = 'open'),
  'save-as': () => (view.dialog = 'save-as'),
  leave: () => {
    if (view.fullScreen) view.fullScreen = false;
    else if (view.starting && studio.board) view.starting = false;
    else if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  },
};

/** Commands that do nothing without a film. */
const NEED_FILM = new Set<CommandId>(
  (Object.keys(COMMANDS) as CommandId[]).filter((id) => !['board', 'models', 'commands', 'keys', 'settings', 'leave', 'script', 'open-film', 'next-panel', 'previous-panel'].includes(id)),
);

export function canRun(command: CommandId): boolean {
  if (!NEED_FILM.has(command)) return true;
  if (!studio.board || (view.first && command !== 'new-film')) return false;
  if (command === 'monitor') return desktop.present;
  if (command === 'undo') return Boolean(studio.project?.undo);
  if (command === 'redo') return Boolean(studio.project?.redo);
  return true;
}

export function run(command: CommandId): void {
  if (canRun(command)) COMMANDS[command]();
}
