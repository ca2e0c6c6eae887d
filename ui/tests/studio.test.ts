import { describe, expect, it, vi } from 'vitest';
import type { Api } from '../src/api/client.ts';
import { ApiError } from '../src/api/transport.ts';
import type { Changed, EventBatch, State } from '../src/api/types.ts';
import { setField } from '../src/state/patch.ts';
import { Studio } from '../src/state/studio.svelte.ts';
import { board, job, state } from './sample.ts';

/** An API that answers what a test says. */
function fake(answers: Partial<Record<keyof Api, unknown>>): Api {
  return answers as unknown as Api;
}
const later = () => new Promise((done) => setTimeout(done, 0));

describe('the store', () => {
  it('takes a state and applies the patches of events in order', () => {
    const studio = new Studio(fake({}));
    studio.take(state());
    const before = studio.board!;
    studio.receive({ type: 'board', revision: 4, patch: [{ op: 'replace', path: '/scenes/0/shots/0/camera/angle', value: 'high' }], project: null });
    expect(studio.board!.scenes[0]!.shots[0]!.camera.angle).toBe('high');
    // What did not change is shared, and the old document is as it was.
    expect(studio.board!.scenes[1]).toBe(before.scenes[1]);
    expect(before.scenes[0]!.shots[0]!.camera.angle).toBe('low');
    expect(studio.revision).toBe(4);
  });

  it('ignores a revision that it has, and fetches the state when one is missing or has no patch', async () => {
    const fresh = state({ revision: 9, board: { ...board(), title: 'Fresh' } });
    const get = vi.fn(async () => fresh);
    const studio = new Studio(fake({ state: get }));
    studio.take(state());
    studio.receive({ type: 'board', revision: 3, patch: [{ op: 'remove', path: '/title' }], project: null });
    expect(studio.board!.title).toBe('Mammoths');
    studio.receive({ type: 'board', revision: 7, patch: [], project: null });
    await later();
    expect(get).toHaveBeenCalledTimes(1);
    expect(studio.board!.title).toBe('Fresh');
    studio.receive({ type: 'board', revision: 10, patch: null, project: null });
    await later();
    expect(get).toHaveBeenCalledTimes(2);
  });

  it('shows an edit at once and keeps it when its event comes before its answer', async () => {
    let answer!: (changed: Changed) => void;
    const studio = new Studio(fake({ edit: () => new Promise<Changed>((done) => (answer = done)) }));
    studio.take(state());
    const patch = [{ op: 'add' as const, path: '/mood/-', value: 'warm' }];
    const done = studio.edit('Change mood', patch);
    expect(studio.board!.mood).toEqual(['quiet', 'warm']);
    studio.receive({ type: 'board', revision: 4, patch, project: null });
    expect(studio.board!.mood).toEqual(['quiet', 'warm']);
    answer({ revision: 4, patch });
    expect(await done).toBe(true);
    expect(studio.board!.mood).toEqual(['quiet', 'warm']);
    expect(studio.revision).toBe(4);
  });

  it('asks for pictures of what the program has, not of what it has yet to hear', async () => {
    let answer!: (changed: Changed) => void;
    const studio = new Studio(fake({ edit: () => new Promise<Changed>((done) => (answer = done)) }));
    studio.take(state());
    const first = () => studio.film!.shots[0]!;
    const before = first().version;
    const patch = setField(studio.board, '/scenes/0/shots/0/camera', 'hand', { orbit_deg: 45 });
    const done = studio.edit('Move camera', patch);
    expect(first().version).not.toBe(before);
    expect(studio.agreedVersion(first())).toBe(before);
    answer({ revision: 4, patch });
    await done;
    expect(studio.agreedVersion(first())).toBe(first().version);
  });

  it('takes a refused edit back and says why', async () => {
    const studio = new Studio(fake({ edit: async () => { throw new ApiError(400, 'the lens must be 8 to 800', 'try 50'); } }));
    studio.take(state());
    const ok = await studio.edit('Change lens', setField(studio.board, '/scenes/0/shots/0/camera', 'lens_mm', 9000));
    expect(ok).toBe(false);
    expect(studio.board!.scenes[0]!.shots[0]!.camera.lens_mm).toBe(35);
    expect(studio.problems[0]).toMatchObject({ message: 'the lens must be 8 to 800', hint: 'try 50' });
  });

  it('sends only the newest of the steps of a slider that wait', async () => {
    const sent: unknown[] = [];
    let revision = 3;
    const studio = new Studio(fake({ edit: async (_: number, __: string, patch: never) => { sent.push(patch); await later(); return { revision: ++revision, patch }; } }));
    studio.take(state());
    const all = [10, 20, 30, 40].map((value) => studio.edit('Lens', [{ op: 'replace', path: '/scenes/0/shots/0/camera/lens_mm', value }], 'lens'));
    await Promise.all(all);
    expect(sent).toHaveLength(2);
    expect(studio.board!.scenes[0]!.shots[0]!.camera.lens_mm).toBe(40);
  });

  it('keeps jobs, previews and takes as the events say', () => {
    const studio = new Studio(fake({}));
    studio.take(state());
    studio.receive({ type: 'job', job: job() });
    studio.receive({ type: 'job', job: job({ frames_done: 60 }) });
    studio.receive({ type: 'previews', shot: 's1-010', ranges: [[0, 12]] });
    expect(studio.jobs).toHaveLength(1);
    expect(studio.jobOf('s1-010')!.frames_done).toBe(60);
    expect(studio.previews['s1-010']).toEqual([[0, 12]]);
    studio.receive({ type: 'job', job: job({ state: 'failed', failure: { message: 'lost', hint: null } }) });
    expect(studio.jobOf('s1-010')).toBeUndefined();
    expect(studio.failedJobOf('s1-010')!.failure!.message).toBe('lost');
  });

  it('says progress at every quarter, once', () => {
    const studio = new Studio(fake({}));
    studio.take(state());
    studio.receive({ type: 'job', job: job({ frames_done: 24 }) });
    expect(studio.said).toBe('take 1: 25%');
    studio.said = '';
    studio.receive({ type: 'job', job: job({ frames_done: 30 }) });
    expect(studio.said).toBe('');
    studio.receive({ type: 'job', job: job({ state: 'done' }) });
    expect(studio.said).toBe('take 1: done');
  });

  it('fetches the state when events were missed, and again after the program was away', async () => {
    const batches: (EventBatch | Error)[] = [
      { events: [], next: 20, missed: true },
      new ApiError(0, 'Mutoscope does not answer.'),
      { events: [{ type: 'notice', text: 'A note', hint: null }], next: 21, missed: false },
    ];
    let states = 0;
    const studio = new Studio(
      fake({
        state: async (): Promise<State> => { states += 1; return state({ event: 10 + states }); },
        options: async () => ({}),
        events: (_: number, signal: AbortSignal) => {
          const next = batches.shift();
          if (next instanceof Error) return Promise.reject(next);
          if (next) return Promise.resolve(next);
          return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new DOMException('', 'AbortError'))));
        },
      }),
    );
    const running = studio.open();
    await vi.waitFor(() => expect(studio.problems).toHaveLength(1));
    expect(states).toBe(3);
    expect(studio.connected).toBe(true);
    studio.close();
    await running;
  });
});
