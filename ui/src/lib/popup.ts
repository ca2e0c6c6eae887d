/** Things that float: menus, lists and dialogs. */

/** Places an element under its anchor, or above when there is more room, inside the window. */
export function placed(node: HTMLElement, anchor: { rect: DOMRect; align?: 'start' | 'end'; width?: number }) {
  const { rect } = anchor;
  node.style.position = 'fixed';
  if (anchor.width) node.style.minWidth = `${anchor.width}px`;
  const below = innerHeight - rect.bottom - 12;
  const above = rect.top - 12;
  const high = node.scrollHeight;
  const under = high <= below || below >= above;
  node.style.maxHeight = `${Math.max(96, under ? below : above)}px`;
  const height = Math.min(high, under ? below : above);
  node.style.top = `${under ? rect.bottom + 4 : Math.max(8, rect.top - height - 4)}px`;
  const left = anchor.align === 'end' ? rect.right - node.offsetWidth : rect.left;
  node.style.left = `${Math.max(8, Math.min(left, innerWidth - node.offsetWidth - 8))}px`;
}

/** Keeps the focus inside a dialog and gives it back when the dialog goes. */
export function trapped(node: HTMLElement) {
  const before = document.activeElement as HTMLElement | null;
  const all = () =>
    [...node.querySelectorAll<HTMLElement>('button, input, textarea, select, a[href], [tabindex="0"]')].filter(
      (one) => !one.hasAttribute('disabled') && one.tabIndex >= 0 && one.getClientRects().length > 0,
    );
  (all().find((one) => one.hasAttribute('data-first')) ?? all()[0] ?? node).focus();
  const key = (event: KeyboardEvent) => {
    if (event.key !== 'Tab') return;
    const list = all();
    const first = list[0];
    const last = list.at(-1);
    if (!first || !last) return;
    if (event.shiftKey && document.activeElement === first) {
      event.preventDefault();
      last.focus();
    } else if (!event.shiftKey && document.activeElement === last) {
      event.preventDefault();
      first.focus();
    }
  };
  node.addEventListener('keydown', key);
  return () => {
    node.removeEventListener('keydown', key);
    before?.focus?.();
  };
}

/** Moves the focus among the items of a group with the arrow keys; `Home` and `End` go to the ends. */
export function roved(event: KeyboardEvent, items: HTMLElement[], horizontal = false): boolean {
  const at = items.indexOf(document.activeElement as HTMLElement);
  const [back, on] = horizontal ? ['ArrowLeft', 'ArrowRight'] : ['ArrowUp', 'ArrowDown'];
  let to = -1;
  if (event.key === back) to = (at - 1 + items.length) % items.length;
  else if (event.key === on) to = (at + 1) % items.length;
  else if (event.key === 'Home') to = 0;
  else if (event.key === 'End') to = items.length - 1;
  if (to < 0 || event.altKey || event.ctrlKey) return false;
  event.preventDefault();
  event.stopPropagation();
  items[to]?.focus();
  return true;
}
