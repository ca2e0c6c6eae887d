import type { Job, Shot, State, Storyboard, TakeInfo } from '../src/api/types.ts';

export function shot(id: string, seconds: number, more: Partial<Shot> = {}): Shot {
  return {
    id, seconds, seed: 1, renderer: 'stage',
    beats: [{ who: ['mammoths'], action: 'approach', what: [], text: 'Two mammoths approach', span: [0, 21] }],
    camera: { framing: 'wide', angle: 'low', move: 'dolly-in', speed: 'slow', lens_mm: 35, depth_of_field: 'natural', sources: { angle: 'script' } },
    transition_in: { kind: 'cut', seconds: 0 },
    sound: { ambience: ['wind'], narration: null },
    ...more,
  };
}

/** Two scenes, three shots, at 24 frames a second. */
export function board(): Storyboard {
  return {
    version: 1, title: 'Mammoths', script: 'Two mammoths approach. A woman looks back.', theme: 'nature', mood: ['quiet'], seed: 7,
    look: { style: 'photoreal', palette: 'warm', grain: 0, negative: '' },
    format: { width: 1280, height: 720, fps: 24, seconds: 9 },
    cast: [
      { id: 'mammoths', name: 'woolly mammoths', kind: 'mammoth', count: 2, appearance: { coat: 'long brown' }, spans: [[4, 12]] },
      { id: 'woman', name: 'woman', kind: 'woman', count: 1, appearance: {}, spans: [[25, 30]] },
    ],
    places: [{ id: 'meadow', name: 'snowy meadow', kind: 'meadow', backdrop: [], spans: [] }],
    scenes: [
      { id: 's1', place: 'meadow', time: 'golden-hour', weather: 'wispy', season: 'winter', shots: [shot('s1-010', 4), shot('s1-020', 2)] },
      { id: 's2', place: 'meadow', time: 'dusk', weather: 'clear', season: 'winter', shots: [shot('s2-010', 3, { transition_in: { kind: 'dissolve', seconds: 0.5 } })] },
    ],
    notes: [],
  };
}

export function state(more: Partial<State> = {}): State {
  return {
    revision: 3, project: { name: 'Mammoths', folder: '/films/Mammoths.muto', saved: 'saved', problem: null, undo: null, redo: null, recovered_steps: 0 },
    board: board(), jobs: [], takes: {}, previews: {}, engine: { ready: true, adapter: 'llvmpipe', software: true, busy: null, lost: null }, event: 10, ...more,
  };
}

export function job(more: Partial<Job> = {}): Job {
  return { id: 'j1', title: 'take 1', state: 'running', kind: 'take', shot: 's1-010', frame: 10, frames: 96, frames_done: 48, frames_total: 96, elapsed_secs: 4, left_secs: 4, failure: null, path: null, priority: 0, sketch: null, note: null, ...more };
}

export function take(more: Partial<TakeInfo> = {}): TakeInfo {
  return { key: 'k1', number: 1, shot: 's1-010', renderer: 'stage', quality: 'standard', width: 1280, height: 720, fps: 24, frames: 96, seed: 1, starred: false, chosen: false, current: true, shown: true, made_unix: 0, ...more };
}
