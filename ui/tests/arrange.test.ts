import { fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import ArrangeTool from '../src/lib/ArrangeTool.svelte';
import HandFields from '../src/lib/HandFields.svelte';
import MarkFields from '../src/lib/MarkFields.svelte';
import type { Layout, LayoutCamera, Patch } from '../src/api/types.ts';
import { blockingWith, handDragged, handWith, onGround, project, slide, step, wrapped, type Vec } from '../src/state/arrange.ts';
import { playback, studio, view } from '../src/state/app.svelte.ts';
import { patched, unsetField } from '../src/state/patch.ts';
import { board, state } from './sample.ts';

/** Ten metres before the origin at the height of a man, looking a little down. */
const camera: LayoutCamera = { position: [0, 1.7, 10], target: [0, 1, 0], up: [0, 0.9976, -0.0698], fov_y_deg: 30, aspect: 16 / 9 };
/** The same, gone round by a quarter. */
const beside: LayoutCamera = { ...camera, position: [10, 1.7, 0], up: [-0.0698, 0.9976, 0] };

describe('from the pointer to the ground', () => {
  it('sees what it looks at in the middle, and right and up where they are', () => {
    expect(project(camera, [0, 1, 0])![0]).toBeCloseTo(0.5);
    expect(project(camera, [0, 1, 0])![1]).toBeCloseTo(0.5);
    expect(project(camera, [1, 1, 0])![0]).toBeGreaterThan(0.55);
    expect(project(camera, [0, 2, 0])![1]).toBeLessThan(0.4);
    expect(project(beside, [0, 1, -1])![0]).toBeGreaterThan(0.55);
    expect(project(camera, [0, 1, 20])).toBeNull();
  });
  it('finds the point of the ground that a point of the picture shows', () => {
    for (const at of [[0, 0, 0], [2, 0, -6], [-1.5, 0, 4], [0.3, 0, -40]] as Vec[]) {
      for (const one of [camera, beside]) {
        const seen = project(one, at);
        if (!seen) continue;
        const back = onGround(one, seen, 0)!;
        expect(back[0]).toBeCloseTo(at[0], 3);
        expect(back[2]).toBeCloseTo(at[2], 3);
      }
    }
  });
  it('knows no ground over the horizon, nor one that is too far away', () => {
    expect(onGround(camera, [0.5, 0.05], 0)).toBeNull();
    expect(onGround(camera, [0.5, 0.365], 0)).toBeNull();
    expect(slide(camera, { position: [0, 0, 0] }, [0, -0.9])).toBeNull();
  });
  it('slides somebody so that their feet stay under the pointer', () => {
    const feet: Vec = [1, 0.2, -2];
    const by: [number, number] = [0.13, 0.06];
    for (const one of [camera, beside]) {
      const way = slide(one, { position: feet }, by)!;
      const [a, b] = [project(one, feet)!, project(one, [feet[0] + way.right_m, feet[1], feet[2] + way.forward_m])!];
      expect(b[0] - a[0]).toBeCloseTo(by[0], 4);
      expect(b[1] - a[1]).toBeCloseTo(by[1], 4);
    }
    // Down in the picture is towards the camera.
    expect(slide(camera, { position: feet }, [0, 0.05])!.forward_m).toBeGreaterThan(0.2);
    expect(slide(beside, { position: feet }, [0, 0.05])!.right_m).toBeGreaterThan(0.2);
  });
  it('steps as the camera sees it', () => {
    expect(step(camera, 1, 0)).toEqual({ right_m: expect.closeTo(1), forward_m: expect.closeTo(0) });
    expect(step(camera, 0, 1)).toEqual({ right_m: expect.closeTo(0), forward_m: expect.closeTo(-1) });
    expect(step(beside, 1, 0)).toEqual({ right_m: expect.closeTo(0), forward_m: expect.closeTo(-1) });
    expect(step(beside, 0, 1)).toEqual({ right_m: expect.closeTo(-1), forward_m: expect.closeTo(0) });
  });
});

describe('the numbers', () => {
  it('wrap, stop at their limits, and vanish when they change nothing', () => {
    expect([wrapped(190), wrapped(-190), wrapped(180), wrapped(540)]).toEqual([-170, 170, 180, 180]);
    expect(handWith({ orbit_deg: 170 }, { orbit_deg: 200 })).toEqual({ orbit_deg: -160 });
    expect(handWith(undefined, { elevation_deg: 300, distance: 0.0001, tilt_deg: -99 })).toEqual({ elevation_deg: 90, distance: 0.1, tilt_deg: -90 });
    expect(handWith({ orbit_deg: 5 }, { orbit_deg: 0.01 })).toBeUndefined();
    expect(blockingWith(undefined, 'fox', undefined, { right_m: 1.23456, forward_m: 999 })).toEqual([{ who: 'fox', right_m: 1.23, forward_m: 200 }]);
    expect(blockingWith([{ who: 'fox', right_m: 1 }], 'fox', undefined, { right_m: 0 })).toBeUndefined();
    const two = [{ who: 'fox', right_m: 1 }, { who: 'fox', individual: 2, turn_deg: 15 }];
    expect(blockingWith(two, 'fox', 2, { turn_deg: 30 })).toEqual([two[0], { who: 'fox', individual: 2, turn_deg: 30 }]);
    expect(blockingWith(two, 'fox', undefined, null)).toEqual([two[1]]);
  });
  it('drag the world: half a turn across the picture, and a pan that keeps up with the pointer', () => {
    expect(handDragged(undefined, [0.25, 0.1], false, camera)).toEqual({ orbit_deg: -45, elevation_deg: 9 });
    const turned = handDragged({ orbit_deg: 10 }, [0, 1], true, camera)!;
    expect(turned).toEqual({ orbit_deg: 10, tilt_deg: 30 });
  });
  it('leave no mark when they are put back', () => {
    const set = patched(board(), [{ op: 'add', path: '/scenes/0/shots/0/camera/hand', value: { orbit_deg: 5 } }, { op: 'add', path: '/scenes/0/shots/0/camera/sources/hand', value: 'edited' }]);
    expect(patched(set, unsetField(set, '/scenes/0/shots/0/camera', 'hand'))).toEqual(board());
    const alone = patched(board(), [{ op: 'add', path: '/scenes/0/shots/0/blocking', value: [] }, { op: 'add', path: '/scenes/0/shots/0/sources', value: { blocking: 'edited' } }]);
    expect(patched(alone, unsetField(alone, '/scenes/0/shots/0', 'blocking'))).toEqual(board());
  });
});

describe('the tool', () => {
  const layout: Layout = {
    revision: 3, shot: 's1-010', frame: 0, camera,
    cast: [
      { who: 'mammoths', individual: 1, position: [0, 0, 0], facing_deg: 0, box: [0.4, 0.3, 0.6, 0.7], distance_m: 10 },
      { who: 'mammoths', individual: 2, position: [1, 0, -4], facing_deg: 0, box: [0.5, 0.3, 0.65, 0.6], distance_m: 14 },
      { who: 'woman', individual: 1, position: [-2, 0, 0], facing_deg: 0, box: [0.2, 0.35, 0.25, 0.7], distance_m: 10 },
    ],
  };
  let sent: { label: string; patch: Patch; merge?: string }[];
  beforeEach(() => {
    sent = [];
    let revision = 3;
    vi.stubGlobal('fetch', vi.fn(async (url: string, init: RequestInit) => {
      if (url.startsWith('/api/layout')) return Response.json(layout);
      if (url.startsWith('/api/edit')) {
        const asked = JSON.parse(String(init.body)) as (typeof sent)[number];
        sent.push(asked);
        return Response.json({ revision: ++revision, patch: asked.patch });
      }
      return new Response(null, { status: 204 });
    }));
    vi.spyOn(Element.prototype, 'getBoundingClientRect').mockReturnValue({ left: 0, top: 0, width: 800, height: 450, right: 800, bottom: 450, x: 0, y: 0, toJSON: () => '' });
    studio.take(state());
    playback.seek(0);
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
    view.arranging = false;
  });
  const shot = () => studio.film!.shots[0]!;
  async function tool() {
    const made = render(ArrangeTool, { view: shot(), frame: 0 });
    await screen.findByRole('button', { name: 'Woman' });
    return made;
  }
  // jsdom has no pointer events of its own.
  const pointer = (on: Element, type: string, x: number, y: number, more: MouseEventInit = {}) => fireEvent(on, Object.assign(new MouseEvent(type, { bubbles: true, clientX: x, clientY: y, ...more }), { pointerId: 1 }));
  async function drag(on: Element, by: [number, number], more: MouseEventInit = {}) {
    const left = parseFloat((on as HTMLElement).style.left);
    await pointer(on, 'pointerdown', 400, 200, more);
    for (const part of [0.01, 0.5, 1]) await pointer(on, 'pointermove', 400 + by[0] * part, 200 + by[1] * part, more);
    expect(view.arranging).toBe(true);
    // The box goes with the pointer, and is marked as the one that is held.
    const goes = on.matches('.abox') && !more.shiftKey;
    expect(on.matches('.held')).toBe(goes);
    if (goes) expect(parseFloat((on as HTMLElement).style.left) - left).toBeCloseTo(by[0] / 8, 1);
    await pointer(on, 'pointerup', 400 + by[0], 200 + by[1], more);
    expect(view.arranging).toBe(false);
    await vi.waitFor(() => expect(sent.length).toBeGreaterThan(0));
    await new Promise((done) => setTimeout(done, 20));
  }

  it('names everybody who is in the picture, one of a group by number', async () => {
    await tool();
    expect(screen.getAllByRole('button').map((one) => one.getAttribute('aria-label') ?? one.textContent)).toEqual(['Camera', 'Woolly mammoths 2', 'Woolly mammoths 1', 'Woman']);
  });
  it('slides a character, in steps of one gesture', async () => {
    await tool();
    await drag(screen.getByRole('button', { name: 'Woman' }), [80, 0]);
    const expected = slide(camera, layout.cast[2]!, [0.1, 0])!;
    const mark = studio.board!.scenes[0]!.shots[0]!.blocking!;
    expect(mark).toEqual([{ who: 'woman', right_m: Number(expected.right_m.toFixed(2)) }]);
    expect(studio.board!.scenes[0]!.shots[0]!.sources!.blocking).toBe('edited');
    expect(new Set(sent.map((one) => one.merge)).size).toBe(1);
    expect(sent[0]!.merge).toContain('#');
    expect(sent[0]!.label).toBe('Move Woman in 1A');
  });
  it('moves one of a group, or with Alt all of it', async () => {
    const { rerender } = await tool();
    await drag(screen.getByRole('button', { name: 'Woolly mammoths 2' }), [40, 0]);
    await rerender({ view: shot(), frame: 0 });
    await drag(screen.getByRole('button', { name: 'Woolly mammoths 1' }), [40, 0], { altKey: true });
    expect(studio.board!.scenes[0]!.shots[0]!.blocking!.map((one) => one.individual)).toEqual([2, undefined]);
  });
  it('orbits and raises the camera elsewhere, and pans it with Shift', async () => {
    const { rerender } = await tool();
    await drag(screen.getByRole('button', { name: 'Camera' }), [200, 45]);
    expect(studio.board!.scenes[0]!.shots[0]!.camera.hand).toEqual({ orbit_deg: -45, elevation_deg: 9 });
    await rerender({ view: shot(), frame: 0 });
    await drag(screen.getByRole('button', { name: 'Woman' }), [0, 45], { shiftKey: true });
    expect(studio.board!.scenes[0]!.shots[0]!.camera.hand).toEqual({ orbit_deg: -45, elevation_deg: 9, tilt_deg: 3 });
    expect(studio.board!.scenes[0]!.shots[0]!.blocking).toBeUndefined();
  });
  it('dollies by the wheel, and leaves a click alone', async () => {
    await tool();
    const area = screen.getByRole('button', { name: 'Camera' });
    await pointer(area, 'pointerdown', 400, 200);
    await pointer(area, 'pointermove', 401, 201);
    await pointer(area, 'pointerup', 401, 201);
    expect(sent).toEqual([]);
    await fireEvent.wheel(area, { deltaY: -200 });
    await vi.waitFor(() => expect(studio.board!.scenes[0]!.shots[0]!.camera.hand!.distance).toBeCloseTo(0.787, 2));
  });
  it('does the same by keys, and puts back', async () => {
    const { rerender } = await tool();
    const now = () => studio.board!.scenes[0]!.shots[0]!;
    const press = async (name: string, key: string, more = {}) => {
      await fireEvent.keyDown(screen.getByRole('button', { name }), { key, ...more });
      await rerender({ view: shot(), frame: 0 });
    };
    await press('Camera', 'ArrowRight');
    await press('Camera', 'ArrowUp');
    await press('Camera', '+');
    await press('Camera', 'ArrowLeft', { shiftKey: true });
    expect(now().camera.hand).toEqual({ orbit_deg: 5, elevation_deg: 5, distance: 0.909, pan_deg: -2 });
    await press('Woman', 'ArrowUp');
    await press('Woman', 'ArrowRight', { shiftKey: true });
    expect(now().blocking).toEqual([{ who: 'woman', forward_m: -0.25, turn_deg: 15 }]);
    await fireEvent.dblClick(screen.getByRole('button', { name: 'Woman' }));
    await press('Camera', 'Delete');
    expect(now().camera.hand).toBeUndefined();
    expect(now().blocking).toBeUndefined();
  });
  it('shows the numbers in the inspector, to be typed and put back', async () => {
    await studio.edit('Set', [{ op: 'add', path: '/scenes/0/shots/0/camera/hand', value: { orbit_deg: 45 } }, { op: 'add', path: '/scenes/0/shots/0/blocking', value: [{ who: 'woman', right_m: 1.5 }, { who: 'yeti', turn_deg: 15 }] }]);
    const fields = render(HandFields, { view: shot() });
    const orbit = screen.getByRole('spinbutton', { name: 'Orbit' });
    expect(orbit.getAttribute('aria-valuetext')).toBe('45.0 °');
    expect(screen.getAllByRole('img', { name: 'edited by you' })).toHaveLength(5);
    await fireEvent.input(orbit, { target: { value: '90' } });
    await fireEvent.keyDown(orbit, { key: 'Enter' });
    expect(studio.board!.scenes[0]!.shots[0]!.camera.hand).toEqual({ orbit_deg: 90 });
    await fields.rerender({ view: shot() });
    await fireEvent.click(screen.getByRole('button', { name: 'Put back' }));
    expect(studio.board!.scenes[0]!.shots[0]!.camera.hand).toBeUndefined();
    fields.unmount();
    render(MarkFields, { view: shot(), board: studio.board!, present: ['woman', 'mammoths'] });
    expect(screen.getByText('not in this shot')).toBeTruthy();
    expect(screen.getAllByRole('spinbutton', { name: 'Right' })[0]!.getAttribute('aria-valuetext')).toBe('1.50 m');
    await fireEvent.click(screen.getByRole('button', { name: 'Put back Yeti' }));
    expect(studio.board!.scenes[0]!.shots[0]!.blocking).toEqual([{ who: 'woman', right_m: 1.5 }]);
  });
});
