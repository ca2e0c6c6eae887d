import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { studio, view } from '../src/state/app.svelte.ts';
import { bring, removeFootage } from '../src/state/imports.ts';
import { state } from './sample.ts';

const patches: { op: string; path: string; value?: unknown }[][] = [];
beforeEach(() => {
  patches.length = 0;
  vi.stubGlobal('fetch', vi.fn(async (url: string, init: RequestInit) => {
    if (url.startsWith('/api/imports')) return Response.json({ file: 'sea-0123.png', kind: 'picture', width: 4, height: 2, seconds: 0 });
    if (url === '/api/edit') {
      const { patch, revision } = JSON.parse(init.body as string);
      patches.push(patch);
      return Response.json({ revision: revision + 1, patch, label: null, shots: null });
    }
    return new Response(null, { status: 204 });
  }));
  studio.take(state());
  view.draft = null;
});
afterEach(() => vi.unstubAllGlobals());

it('a picture goes to the shot, and the stage can have the shot back', async () => {
  const shot = studio.film!.shots[1]!;
  await bring(new File(['…'], 'Sea.png', { type: 'image/png' }), shot);
  const now = () => studio.film!.byId.get(shot.shot.id)!;
  expect(now().shot).toMatchObject({ footage: { file: 'sea-0123.png' }, renderer: 'footage' });
  expect(now().shot.sources).toMatchObject({ footage: 'edited', renderer: 'edited' });
  await removeFootage(now());
  expect(now().shot.footage).toBeUndefined();
  expect(now().shot.renderer).toBe('stage');
  expect(patches).toHaveLength(2);
});

it('a script goes to the editor and waits there', async () => {
  await bring(new File(['INT. KITCHEN - DAY'], 'scene.fountain'), null);
  expect(view.draft).toBe('INT. KITCHEN - DAY');
  expect(patches).toHaveLength(0);
});
