/** The keyboard, as data: the key handler, the key sheet, tooltips and the command palette are all made from this table. */

export type CommandId =
  | 'play' | 'reverse' | 'stop' | 'forward' | 'frame-back' | 'frame-on' | 'second-back' | 'second-on' | 'shot-before'
  | 'shot-after' | 'first-frame' | 'last-frame' | 'mark-in' | 'mark-out' | 'clear-marks' | 'loop'
  | 'new-shot' | 'divide' | 'move-earlier' | 'move-later' | 'move-scene-before' | 'move-scene-after' | 'trim-start' | 'trim-end'
  | 'transition' | 'new-take' | 'take-1' | 'take-2' | 'take-3' | 'take-4' | 'take-5' | 'take-6' | 'take-7' | 'take-8' | 'take-9'
  | 'remove' | 'duplicate' | 'new-scene' | 'inspector' | 'safe' | 'aspect' | 'wipe' | 'arrange' | 'grey-room' | 'full-screen' | 'monitor' | 'zoom-in' | 'zoom-out'
  | 'view-depth' | 'view-mask' | 'script' | 'next-panel' | 'previous-panel' | 'queue' | 'undo' | 'redo' | 'update' | 'render-shot' | 'render-all' | 'export'
  | 'board' | 'cast' | 'look' | 'models' | 'commands' | 'keys' | 'leave' | 'settings' | 'new-film' | 'open-film' | 'save-as';

export type KeyGroup = 'play' | 'storyboard' | 'see' | 'go' | 'everywhere';

/** `Ctrl` stands for ⌘ on a Mac. `key` is what the key types, in lower case. */
export interface Chord {
  key: string;
  ctrl?: boolean;
  shift?: boolean;
  alt?: boolean;
}

export interface Binding {
  command: CommandId;
  chords: Chord[];
}

/** One line of the key sheet: bindings that belong together. `keys` replaces what would be printed for them. */
export interface KeyLine {
  group: KeyGroup;
  label: `key.${string}`;
  bindings: Binding[];
  keys?: string[][];
  /** Also while a text has the focus. */
  whileTyping?: boolean;
}

const k = (command: CommandId, ...chords: Chord[]): Binding => ({ command, chords });

export const KEY_LINES: readonly KeyLine[] = [
  { group: 'play', label: 'key.play', bindings: [k('play', { key: ' ' })] },
  { group: 'play', label: 'key.reverse', bindings: [k('reverse', { key: 'j' })] },
  { group: 'play', label: 'key.stop', bindings: [k('stop', { key: 'k' })] },
  { group: 'play', label: 'key.forward', bindings: [k('forward', { key: 'l' })] },
  { group: 'play', label: 'key.frame', bindings: [k('frame-back', { key: 'arrowleft' }), k('frame-on', { key: 'arrowright' })] },
  { group: 'play', label: 'key.second', bindings: [k('second-back', { key: 'arrowleft', shift: true }), k('second-on', { key: 'arrowright', shift: true })] },
  { group: 'play', label: 'key.shot', bindings: [k('shot-before', { key: 'arrowup' }), k('shot-after', { key: 'arrowdown' })] },
  { group: 'play', label: 'key.ends', bindings: [k('first-frame', { key: 'home' }), k('last-frame', { key: 'end' })] },
  { group: 'play', label: 'key.marks', bindings: [k('mark-in', { key: 'i' }), k('mark-out', { key: 'o' })] },
  { group: 'play', label: 'key.clear-marks', bindings: [k('clear-marks', { key: 'x', alt: true })] },
  { group: 'play', label: 'key.loop', bindings: [k('loop', { key: 'l', ctrl: true })] },

  { group: 'storyboard', label: 'key.new-shot', bindings: [k('new-shot', { key: 'n' })] },
  { group: 'storyboard', label: 'key.divide', bindings: [k('divide', { key: 'd' })] },
  { group: 'storyboard', label: 'key.move', bindings: [k('move-earlier', { key: 'arrowleft', alt: true }), k('move-later', { key: 'arrowright', alt: true })] },
  { group: 'storyboard', label: 'key.move-scene', bindings: [k('move-scene-before', { key: 'arrowup', alt: true }), k('move-scene-after', { key: 'arrowdown', alt: true })] },
  { group: 'storyboard', label: 'key.trim', bindings: [k('trim-start', { key: '[', alt: true }), k('trim-end', { key: ']', alt: true })] },
  { group: 'storyboard', label: 'key.transition', bindings: [k('transition', { key: 'x' })] },
  { group: 'storyboard', label: 'key.new-take', bindings: [k('new-take', { key: 't' })] },
  {
    group: 'storyboard', label: 'key.take', keys: [['1'], ['to'], ['9']],
    bindings: ([1, 2, 3, 4, 5, 6, 7, 8, 9] as const).map((n) => k(`take-${n}`, { key: String(n) })),
  },
  { group: 'storyboard', label: 'key.remove', bindings: [k('remove', { key: 'delete' }, { key: 'backspace' })] },
  { group: 'storyboard', label: 'key.duplicate', bindings: [k('duplicate', { key: 'd', ctrl: true })] },
  { group: 'storyboard', label: 'key.inspector', bindings: [k('inspector', { key: 'enter' })] },

  { group: 'see', label: 'key.safe', bindings: [k('safe', { key: 's' })] },
  { group: 'see', label: 'key.aspect', bindings: [k('aspect', { key: 'a' })] },
  { group: 'see', label: 'key.wipe', bindings: [k('wipe', { key: 'w' })] },
  { group: 'see', label: 'key.arrange', bindings: [k('arrange', { key: 'b' })] },
  { group: 'see', label: 'key.grey-room', bindings: [k('grey-room', { key: 'g' })] },
  { group: 'see', label: 'key.full-screen', bindings: [k('full-screen', { key: 'f' })] },
  { group: 'see', label: 'key.monitor', bindings: [k('monitor', { key: 'm' })] },
  { group: 'see', label: 'key.zoom', bindings: [k('zoom-in', { key: '=' }, { key: '+' }, { key: '+', shift: true }), k('zoom-out', { key: '-' })] },
  { group: 'go', label: 'key.script', bindings: [k('script', { key: '/' })] },
  { group: 'go', label: 'key.panel', whileTyping: true, bindings: [k('next-panel', { key: 'f6' }), k('previous-panel', { key: 'f6', shift: true })], keys: [['F6']] },
  { group: 'go', label: 'key.queue', bindings: [k('queue', { key: 'q' })] },

  { group: 'everywhere', label: 'key.undo', bindings: [k('undo', { key: 'z', ctrl: true })] },
  { group: 'everywhere', label: 'key.redo', bindings: [k('redo', { key: 'z', ctrl: true, shift: true }, { key: 'y', ctrl: true })] },
  { group: 'everywhere', label: 'key.update', whileTyping: true, bindings: [k('update', { key: 'enter', ctrl: true })] },
  { group: 'everywhere', label: 'key.render-shot', whileTyping: true, bindings: [k('render-shot', { key: 'r', ctrl: true })] },
  { group: 'everywhere', label: 'key.render-all', whileTyping: true, bindings: [k('render-all', { key: 'r', ctrl: true, shift: true })] },
  { group: 'everywhere', label: 'key.export', whileTyping: true, bindings: [k('export', { key: 'e', ctrl: true })] },
  {
    group: 'everywhere', label: 'key.workspaces', whileTyping: true, keys: [['Ctrl', '1'], ['to'], ['4']],
    bindings: [k('board', { key: '1', ctrl: true }), k('cast', { key: '2', ctrl: true }), k('look', { key: '3', ctrl: true }), k('models', { key: '4', ctrl: true })],
  },
  { group: 'everywhere', label: 'key.commands', whileTyping: true, bindings: [k('commands', { key: 'k', ctrl: true })] },
  { group: 'everywhere', label: 'key.keys', bindings: [k('keys', { key: '?' }, { key: '?', shift: true })] },
  { group: 'everywhere', label: 'key.leave', whileTyping: true, bindings: [k('leave', { key: 'escape' })] },
];

/** Commands that only the palette and menus reach. */
export const UNBOUND: readonly CommandId[] = ['new-scene', 'view-depth', 'view-mask', 'settings', 'new-film', 'open-film', 'save-as'];

export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
}

const SHIFTED = new Set(['?', '+']);

function matches(chord: Chord, press: KeyPress): boolean {
  const key = press.key.toLowerCase();
  return (
    key === chord.key &&
    (press.ctrlKey || press.metaKey) === (chord.ctrl ?? false) &&
    press.altKey === (chord.alt ?? false) &&
    (SHIFTED.has(key) || press.shiftKey === (chord.shift ?? false))
  );
}

/** The command that a key press means; `typing` when a text has the focus, where letters, arrows and undo belong to the text. */
export function commandFor(press: KeyPress, typing: boolean): CommandId | null {
  for (const line of KEY_LINES) {
    if (typing && !line.whileTyping) continue;
    for (const binding of line.bindings) if (binding.chords.some((chord) => matches(chord, press))) return binding.command;
  }
  return null;
}

/** Whether keys typed at this element are text. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLTextAreaElement || target.isContentEditable) return true;
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'range', 'button', 'submit', 'color', 'file'].includes(target.type);
}

const NAMES: Record<string, string> = {
  ' ': 'Space', arrowleft: '←', arrowright: '→', arrowup: '↑', arrowdown: '↓', home: 'Home', end: 'End', delete: 'Delete', enter: 'Enter', escape: 'Esc', '-': '−', f6: 'F6',
};

/** A chord as it is printed on the keys: `['Ctrl', 'Shift', 'Z']`. */
export function chordKeys(chord: Chord, mac = false): string[] {
  const keys: string[] = [];
  if (chord.ctrl) keys.push(mac ? '⌘' : 'Ctrl');
  if (chord.alt) keys.push(mac ? '⌥' : 'Alt');
  if (chord.shift && !SHIFTED.has(chord.key)) keys.push('Shift');
  keys.push(NAMES[chord.key] ?? chord.key.toUpperCase());
  return keys;
}

/** What the key sheet prints for a line: groups of keys held together. Modifiers that all share are printed once. */
export function lineKeys(line: KeyLine, mac = false): string[][] {
  if (line.keys) return line.keys;
  const chords = line.bindings.map((binding) => chordKeys(binding.chords[0]!, mac));
  const shared = chords[0]!.slice(0, -1);
  return [...shared.map((key) => [key]), chords.map((chord) => chord.at(-1)!)];
}

/** The keys of a command, for a tooltip: `Ctrl+E`. */
export function keysOf(command: CommandId, mac = false): string | null {
  for (const line of KEY_LINES) for (const binding of line.bindings) if (binding.command === command) return chordKeys(binding.chords[0]!, mac).join('+');
  return null;
}

/** Key presses that the webview must not take for itself. */
export function isOurs(press: KeyPress, typing: boolean): boolean {
  return commandFor(press, typing) !== null;
}
