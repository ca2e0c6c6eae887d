import { flushSync } from 'svelte';
import { render } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import ScriptEditor from '../src/lib/ScriptEditor.svelte';
import Storyboard from '../src/lib/Storyboard.svelte';
import { playback, studio, view } from '../src/state/app.svelte.ts';
import { board, shot, state } from './sample.ts';

/** Ten minutes in 200 shots of one scene, at 60 frames a second. */
function long() {
  const made = board();
  made.format.fps = 60;
  made.scenes = [{ ...made.scenes[0]!, shots: Array.from({ length: 200 }, (_, i) => shot(`s1-${(i + 1) * 10}`, 3)) }];
  return made;
}

let asked: string[] = [];
beforeEach(() => {
  asked = [];
  vi.useFakeTimers();
  vi.stubGlobal('fetch', vi.fn(async (url: string) => {
    asked.push(url);
    if (url.startsWith('/api/read')) return Response.json({ spans: [], scenes: 1, shots: 200, seconds: 600 });
    if (url.startsWith('/api/rails')) return Response.json([]);
    return new Response(null, { status: 204 });
  }));
  studio.take(state({ board: long() }));
  playback.seek(0);
  view.zoom = null;
  view.draft = null;
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Cards whose element the change touched, and cards that came and went. */
async function touched(lane: HTMLElement, change: () => void): Promise<{ changed: number; mounted: number }> {
  const seen: MutationRecord[] = [];
  const watch = new MutationObserver((records) => seen.push(...records));
  watch.observe(lane, { subtree: true, childList: true, attributes: true, characterData: true });
  change();
  flushSync();
  seen.push(...watch.takeRecords());
  watch.disconnect();
  const card = (node: Node) => node instanceof HTMLElement && node.classList.contains('card');
  const inside = (node: Node) => node instanceof Element && node.closest('.card') !== null;
  return {
    changed: new Set(seen.filter((one) => one.type === 'attributes' && inside(one.target)).map((one) => (one.target as Element).closest('.card'))).size,
    mounted: seen.flatMap((one) => [...one.addedNodes, ...one.removedNodes]).filter(card).length,
  };
}

describe('a storyboard of 200 shots', () => {
  it('holds only the cards near the window', () => {
    const { container } = render(Storyboard);
    const cards = container.querySelectorAll('.card').length;
    expect(cards).toBeGreaterThan(2);
    expect(cards).toBeLessThan(40);
    expect(container.querySelectorAll('*').length).toBeLessThan(700);
  });
  it('is zoomed by one property: no card that stays is touched', async () => {
    view.zoom = 100;
    const { container } = render(Storyboard);
    vi.advanceTimersByTime(200);
    flushSync();
    const lane = container.querySelector<HTMLElement>('.tlin')!;
    const { changed, mounted } = await touched(lane, () => (view.zoom = 115));
    expect(lane.style.getPropertyValue('--px')).toBe('115px');
    expect(changed).toBe(0);
    expect(mounted).toBeLessThanOrEqual(4);
  });
  it('is scrolled without touching the cards that stay', async () => {
    view.zoom = 100;
    const { container } = render(Storyboard);
    vi.advanceTimersByTime(200);
    flushSync();
    const lane = container.querySelector<HTMLElement>('.tl')!;
    const small = await touched(lane, () => { lane.scrollLeft = 100; lane.dispatchEvent(new Event('scroll')); });
    expect(small).toEqual({ changed: 0, mounted: 0 });
    const further = await touched(lane, () => { lane.scrollLeft = 700; lane.dispatchEvent(new Event('scroll')); });
    expect(further.changed).toBe(0);
    expect(further.mounted).toBeLessThanOrEqual(6);
  });
});

describe('the script of a film that rests', () => {
  it('is read once', async () => {
    render(ScriptEditor);
    for (let n = 0; n < 20; n++) await vi.advanceTimersByTimeAsync(100);
    expect(asked.filter((url) => url.startsWith('/api/read'))).toHaveLength(1);
  });
});
