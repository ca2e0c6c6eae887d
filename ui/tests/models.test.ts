import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Model } from '../src/api/types.ts';
import ModelsView from '../src/lib/ModelsView.svelte';
import { studio } from '../src/state/app.svelte.ts';
import { state } from './sample.ts';

const GB = 1e9;
const model = (more: Partial<Model> = {}): Model => ({
  name: 'wan', label: 'Wan', detail: 'Follows the stage.', maker: 'Wan Team', page: null, state: 'absent', installed: false, damaged: false, size_bytes: 19 * GB, size_known: true, disk_bytes: 0,
  licence: 'Apache-2.0', licence_summary: 'Free for any use.', licence_accepted: false, memory_bytes: 8 * GB, needs: [], machine_bytes: 16 * GB, fits: true, capabilities: ['text'], transfer: null, problem: null, ...more,
});

let now: Model;
const asked = vi.fn<(url: string, init: RequestInit) => void>();
beforeEach(() => {
  now = model();
  asked.mockReset();
  vi.stubGlobal('fetch', vi.fn(async (url: string, init: RequestInit) => {
    asked(url, init);
    if (url === '/api/models') return Response.json([now]);
    if (url.endsWith('/licence')) return Response.json({ id: 'Apache-2.0', summary: 'Free for any use.', text: 'TERMS AND CONDITIONS' });
    return Response.json(now);
  }));
  studio.take(state());
});
afterEach(() => vi.unstubAllGlobals());

it('shows a licence before anything is fetched, then how far it is, and pauses', async () => {
  render(ModelsView);
  await fireEvent.click(await screen.findByRole('button', { name: 'Get Wan' }));
  await screen.findByText('TERMS AND CONDITIONS');
  expect(asked.mock.calls.some(([url]) => url.endsWith('/pull'))).toBe(false);
  await fireEvent.click(screen.getByRole('button', { name: 'Accept and get' }));
  const pull = asked.mock.calls.find(([url]) => url === '/api/models/wan/pull');
  expect(JSON.parse(pull![1].body as string)).toEqual({ accept_licence: true });
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());

  const transfer = { kind: 'pull' as const, done_bytes: 5 * GB, total_bytes: 19 * GB, bytes_per_sec: 1e8, left_secs: 150, stopping: false };
  studio.receive({ type: 'model', model: model({ state: 'partial', transfer }) });
  const bar = await screen.findByRole('progressbar', { name: 'Getting Wan' });
  expect(bar.getAttribute('aria-valuenow')).toBe('26');
  await fireEvent.click(screen.getByRole('button', { name: 'Pause getting Wan' }));
  expect(asked.mock.calls.some(([url]) => url === '/api/models/wan/pause')).toBe(true);

  // What is here already is gone on with, without the licence again; what went wrong is said.
  studio.receive({ type: 'model', model: model({ state: 'partial', disk_bytes: 5 * GB, licence_accepted: true, problem: { message: 'The line broke.', hint: 'Try again.' } }) });
  expect((await screen.findByRole('alert')).textContent).toContain('The line broke. Try again.');
  await fireEvent.click(screen.getByRole('button', { name: 'Go on getting Wan' }));
  expect(asked.mock.calls.filter(([url]) => url === '/api/models/wan/pull')).toHaveLength(2);
});

it('verifies and removes what is installed, and asks before it removes', async () => {
  now = model({ state: 'installed', installed: true, disk_bytes: 19 * GB, licence_accepted: true, memory_bytes: 40 * GB, fits: false });
  render(ModelsView);
  await fireEvent.click(await screen.findByRole('button', { name: 'Verify Wan' }));
  expect(asked.mock.calls.some(([url]) => url === '/api/models/wan/verify')).toBe(true);
  expect(screen.getByText(/more than this device has/)).toBeTruthy();
  const removed = () => asked.mock.calls.some(([url, init]) => url === '/api/models/wan' && init.method === 'DELETE');
  await fireEvent.click(screen.getByRole('button', { name: 'Remove Wan' }));
  expect(removed()).toBe(false);
  await fireEvent.click(screen.getByRole('button', { name: /Remove 19/ }));
  expect(removed()).toBe(true);
});
