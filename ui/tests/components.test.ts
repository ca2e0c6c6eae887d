import { fireEvent, render, screen } from '@testing-library/svelte';
import { tick } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import LensSlider from '../src/lib/LensSlider.svelte';
import QueueDrawer from '../src/lib/QueueDrawer.svelte';
import ScriptEditor from '../src/lib/ScriptEditor.svelte';
import ShotCard from '../src/lib/ShotCard.svelte';
import SourceField from '../src/lib/SourceField.svelte';
import FramingPicker from '../src/lib/FramingPicker.svelte';
import { playback, studio, view } from '../src/state/app.svelte.ts';
import { filmView } from '../src/state/film.ts';
import { board, job, state, take } from './sample.ts';

/** The program, as far as these components ask it. */
beforeEach(() => {
  vi.stubGlobal('fetch', vi.fn(async (url: string) => {
    if (url.startsWith('/api/read')) return Response.json({ spans: [{ start: 4, end: 12, kind: 'who', to: { shot: 's1-010' } }, { start: 31, end: 41, kind: 'what', to: { shot: 's2-010' } }], scenes: 2, shots: 3, seconds: 9 });
    if (url.startsWith('/api/rails')) return Response.json([{ shot: 's1-010', spans: [[0, 21]] }, { shot: 's2-010', spans: [[23, 42]] }]);
    return new Response(null, { status: 204 });
  }));
  studio.take(state());
  playback.seek(0);
  view.draft = null;
});
afterEach(() => vi.unstubAllGlobals());

const card = (more: object = {}) => ({
  view: filmView(board()).shots[0]!, left: '12px', across: '300px', tier: 5, steady: 300, filmHeight: 124, aspect: 16 / 9, fps: 24, camera: 'Wide, low, dolly in', current: false, selected: false, last: false,
  onselect: vi.fn(), onlift: vi.fn(), ontrim: vi.fn(), oncancel: vi.fn(), onagain: vi.fn(), ...more,
});

describe('ShotCard', () => {
  it('says what a cameraman would say, and is a group in a roving tab order', () => {
    render(ShotCard, card({ current: true }));
    const group = screen.getByRole('group');
    expect(group).toHaveProperty('tabIndex', 0);
    expect(group.getAttribute('aria-current')).toBe('true');
    expect(group.getAttribute('aria-label')).toBe('Shot 1A, Woolly mammoths approach, 4.0 seconds, Wide, low, dolly in');
  });
  it('is selected by a click', async () => {
    const props = card();
    render(ShotCard, props);
    await fireEvent.click(screen.getByRole('group'));
    expect(props.onselect).toHaveBeenCalledOnce();
    expect(screen.getByRole('group')).toHaveProperty('tabIndex', -1);
  });
  it('develops while its take is rendered, and can be cancelled', async () => {
    const props = card({ job: job() });
    const { container } = render(ShotCard, props);
    expect(container.querySelector('.card.run .edge')).not.toBeNull();
    expect(container.querySelector('.cmeta2')!.textContent).toContain('50%');
    expect(container.querySelector('.cmeta2')!.textContent).toContain('4 s left');
    await fireEvent.click(screen.getByRole('button', { name: 'Cancel' }));
    expect(props.oncancel).toHaveBeenCalledWith(expect.objectContaining({ id: 'j1' }));
    expect(props.onselect).not.toHaveBeenCalled();
  });
  it('shows the first look that a video model gives, and the shot as it stands without one', () => {
    const look = 'First look at 1A';
    const { unmount } = render(ShotCard, card({ job: job({ sketch: 7 }) }));
    expect(screen.getByAltText(look).getAttribute('src')).toBe('/api/jobs/j1/sketch?r=7');
    unmount();
    for (const more of [{ job: job() }, { job: job({ sketch: 7, state: 'paused' }) }]) {
      const { unmount } = render(ShotCard, card(more));
      expect(screen.queryByAltText(look)).toBeNull();
      unmount();
    }
  });
  it('says that it waits, has stopped, or changed since its take', () => {
    for (const [more, text] of [
      [{ job: job({ state: 'queued', left_secs: null }) }, 'Waiting'],
      [{ failed: job({ state: 'failed' }) }, 'Stopped at 50%'],
      [{ takes: [take({ shown: false, current: false, number: 2 })] }, 'Changed since take 2'],
    ] as const) {
      const { container, unmount } = render(ShotCard, card(more));
      expect(container.querySelector('.cmeta2')!.textContent).toBe(text);
      unmount();
    }
  });
});

describe('QueueDrawer', () => {
  it('shows the newest first look at the shot in hand', async () => {
    studio.take(state({ jobs: [job({ sketch: 7 }), job({ id: 'j2', state: 'queued' })] }));
    render(QueueDrawer);
    const look = () => screen.getAllByRole('img').map((one) => [one.getAttribute('alt'), one.getAttribute('src')]);
    expect(look()).toEqual([['First look at 1A, take 1', '/api/jobs/j1/sketch?r=7']]);
    studio.receive({ type: 'job', job: job({ sketch: 8 }) });
    await tick();
    expect(look().map(([, src]) => src)).toEqual(['/api/jobs/j1/sketch?r=8']);
    studio.receive({ type: 'job', job: job({ sketch: null }) });
    await tick();
    expect(screen.queryAllByRole('img')).toEqual([]);
  });
  it('says how the renderer makes the shot in hand', () => {
    studio.take(state({ jobs: [job({ note: 'pictures are decoded in tiles' }), job({ id: 'j2' }), job({ id: 'j3', state: 'done', note: 'all of it is in memory' })] }));
    const { container } = render(QueueDrawer);
    expect([...container.querySelectorAll('.jnote')].map((one) => one.textContent)).toEqual(['pictures are decoded in tiles']);
  });
});

describe('SourceField', () => {
  const field = (more: object = {}) => ({ label: 'Angle', value: 'low', items: [{ value: 'low', label: 'Low' }, { value: 'high', label: 'High' }, { value: 'dutch', label: 'Dutch' }], category: 'camera' as const, choose: vi.fn(), ...more });
  it.each([['script', 'from the script'], ['chosen', 'chosen by Mutoscope'], ['edited', 'edited by you']] as const)('marks a field that is %s', (source, words) => {
    render(SourceField, field({ source }));
    expect(screen.getByRole('img', { name: words })).toBeTruthy();
  });
  it('opens a list, moves in it by keys and by letters, and gives the focus back', async () => {
    const props = field();
    render(SourceField, props);
    const button = screen.getByRole('button', { name: 'Angle: Low' });
    await fireEvent.click(button);
    const list = screen.getByRole('listbox');
    expect(screen.getAllByRole('option').map((one) => one.getAttribute('aria-selected'))).toEqual(['true', 'false', 'false']);
    await fireEvent.keyDown(list, { key: 'ArrowDown' });
    await fireEvent.keyDown(list, { key: 'd' });
    await fireEvent.keyDown(list, { key: 'Enter' });
    expect(props.choose).toHaveBeenCalledWith('dutch');
    expect(screen.queryByRole('listbox')).toBeNull();
    expect(document.activeElement).toBe(button);
  });
  it('closes on Escape without choosing', async () => {
    const props = field();
    render(SourceField, props);
    await fireEvent.click(screen.getByRole('button'));
    await fireEvent.keyDown(screen.getByRole('listbox'), { key: 'Escape' });
    expect(screen.queryByRole('listbox')).toBeNull();
    expect(props.choose).not.toHaveBeenCalled();
  });
  it('lights up with its words', async () => {
    const { container } = render(SourceField, field({ source: 'script', shot: 's1-010' }));
    view.lit = { category: 'camera', shot: 's1-010' };
    await vi.waitFor(() => expect(container.querySelector('.row.lit')).not.toBeNull());
    view.lit = { category: 'camera', shot: 's1-020' };
    await vi.waitFor(() => expect(container.querySelector('.row.lit')).toBeNull());
    view.lit = null;
  });
});

describe('LensSlider and FramingPicker', () => {
  it('steps through the usual lenses', async () => {
    const change = vi.fn();
    render(LensSlider, { label: 'Focal length', value: 35, min: 12, max: 200, ratio: true, stops: [24, 35, 50], text: '35 mm', change });
    const slider = screen.getByRole('slider', { name: 'Focal length' });
    expect(slider.getAttribute('aria-valuetext')).toBe('35 mm');
    await fireEvent.keyDown(slider, { key: 'ArrowRight' });
    await fireEvent.keyDown(slider, { key: 'ArrowLeft' });
    await fireEvent.keyDown(slider, { key: 'End' });
    expect(change.mock.calls.flat()).toEqual([50, 24, 200]);
  });
  it('shows a framing that has no place of its own in the place of its neighbour', () => {
    render(FramingPicker, { value: 'medium-close-up', choices: [{ value: 'medium-close-up', label: 'Medium close-up' }], choose: vi.fn() });
    expect(screen.getByRole('radio', { checked: true }).getAttribute('aria-label')).toBe('Medium close-up');
    expect(screen.getAllByRole('radio')).toHaveLength(6);
  });
});

describe('ScriptEditor', () => {
  it('underlines what was understood and lists it for screen readers', async () => {
    const { container } = render(ScriptEditor);
    await vi.waitFor(() => expect(container.querySelectorAll('.mirror .span')).toHaveLength(2));
    expect(container.querySelector('.mirror .span.who')!.textContent).toBe('mammoths');
    expect(container.querySelector('.mirror')!.textContent).toBe(`${board().script}\n`);
    expect(screen.getByText('mammoths, Who, Shot 1A')).toBeTruthy();
    expect(screen.getByText('2 scenes, 3 shots, 9 s')).toBeTruthy();
  });
  it('goes to the shot of a word that is clicked', async () => {
    const { container } = render(ScriptEditor);
    await vi.waitFor(() => expect(container.querySelectorAll('.mirror .span')).toHaveLength(2));
    const area = screen.getByRole('textbox', { name: 'Script text' }) as HTMLTextAreaElement;
    area.setSelectionRange(33, 33);
    await fireEvent.click(area);
    expect(view.current!.shot.id).toBe('s2-010');
    expect(view.reach!.category).toBe('what');
  });
  it('keeps a draft until the board is updated', async () => {
    render(ScriptEditor);
    const area = screen.getByRole('textbox', { name: 'Script text' }) as HTMLTextAreaElement;
    await fireEvent.input(area, { target: { value: `${board().script} It snows.` } });
    expect(view.draft).toContain('It snows.');
    await fireEvent.input(area, { target: { value: board().script } });
    expect(view.draft).toBeNull();
  });
});
