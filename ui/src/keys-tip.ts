import { keysOf, type CommandId } from './keys.ts';

export const isMac = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? '');

/** A tooltip: what it is, and its keys. */
export function tip(label: string, command?: CommandId): string {
  const keys = command && keysOf(command, isMac);
  return keys ? `${label}  ${keys}` : label;
}
