import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../src/commands.ts';
import { chordKeys, commandFor, isTyping, KEY_LINES, keysOf, lineKeys, UNBOUND, type CommandId } from '../src/keys.ts';
import { en } from '../src/strings/en.ts';

const press = (key: string, mods: Partial<Record<'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey', boolean>> = {}) => ({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...mods });

describe('the keyboard table', () => {
  it('gives no chord to two commands', () => {
    const seen = new Map<string, string>();
    for (const line of KEY_LINES) for (const { command, chords } of line.bindings) for (const chord of chords) {
      const name = chordKeys(chord).join('+');
      expect(seen.get(name) ?? command, `${name} means two things`).toBe(command);
      seen.set(name, command);
    }
  });
  it('names every line and every command, and each command does something', () => {
    const commands = new Set<CommandId>([...KEY_LINES.flatMap((line) => line.bindings.map((one) => one.command)), ...UNBOUND]);
    for (const line of KEY_LINES) expect(en).toHaveProperty([line.label]);
    for (const id of commands) {
      expect(COMMANDS[id], id).toBeTypeOf('function');
      if (!/^take-|^commands$|^leave$/.test(id)) expect(en, id).toHaveProperty([`command.${id}`]);
    }
    expect(Object.keys(COMMANDS).sort()).toEqual([...commands].sort());
  });
  it.each([
    [press(' '), 'play'], [press('j'), 'reverse'], [press('L'), 'forward'], [press('ArrowLeft'), 'frame-back'], [press('ArrowLeft', { shiftKey: true }), 'second-back'],
    [press('ArrowUp', { altKey: true }), 'move-scene-before'], [press('x', { altKey: true }), 'clear-marks'], [press('x'), 'transition'], [press('?', { shiftKey: true }), 'keys'],
    [press('z', { ctrlKey: true }), 'undo'], [press('Z', { ctrlKey: true, shiftKey: true }), 'redo'], [press('e', { metaKey: true }), 'export'], [press('7'), 'take-7'], [press('1', { ctrlKey: true }), 'board'],
    [press('[', { altKey: true }), 'trim-start'], [press('q', { altKey: true }), null],
  ])('%o means %s', (key, command) => expect(commandFor(key, false)).toBe(command));
  it('lets letters rest while a text is typed', () => {
    for (const key of ['s', ' ', '1', 'ArrowLeft', 'Delete', '/', '?']) expect(commandFor(press(key), true)).toBeNull();
    expect(commandFor(press('z', { ctrlKey: true }), true)).toBeNull();
    expect(commandFor(press('Enter', { ctrlKey: true }), true)).toBe('update');
    expect(commandFor(press('Escape'), true)).toBe('leave');
    expect(commandFor(press('F6'), true)).toBe('next-panel');
  });
  it('knows what is typed into', () => {
    expect(isTyping(document.createElement('textarea'))).toBe(true);
    expect(isTyping(Object.assign(document.createElement('input'), { type: 'checkbox' }))).toBe(false);
    expect(isTyping(document.createElement('button'))).toBe(false);
  });
  it('prints the keys as the sheet shows them', () => {
    const line = (label: string) => KEY_LINES.find((one) => one.label === label)!;
    expect(lineKeys(line('key.second'))).toEqual([['Shift'], ['←', '→']]);
    expect(lineKeys(line('key.redo'))).toEqual([['Ctrl'], ['Shift'], ['Z']]);
    expect(lineKeys(line('key.take'))).toEqual([['1'], ['to'], ['9']]);
    expect(keysOf('export', true)).toBe('⌘+E');
    expect(keysOf('settings')).toBeNull();
  });
});
