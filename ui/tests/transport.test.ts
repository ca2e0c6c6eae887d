import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiError, get, picture, post, withQuery } from '../src/api/transport.ts';

const answer = (response: Response | Error) => vi.stubGlobal('fetch', vi.fn(async () => { if (response instanceof Error) throw response; return response; }));
afterEach(() => vi.unstubAllGlobals());

describe('transport', () => {
  it('leaves out what is undefined', () => {
    expect(withQuery('/frame', { shot: 's 1', frame: 3, kind: undefined })).toBe('/frame?shot=s+1&frame=3');
    expect(withQuery('/state')).toBe('/state');
  });
  it('turns a refusal into its message and hint', async () => {
    answer(new Response(JSON.stringify({ error: 'the revision is old', hint: 'read again' }), { status: 409 }));
    await expect(post('/edit', {})).rejects.toMatchObject({ status: 409, message: 'the revision is old', hint: 'read again' });
  });
  it('copes with a refusal that is no JSON', async () => {
    answer(new Response('Bad Gateway', { status: 502 }));
    await expect(get('/state')).rejects.toMatchObject({ status: 502, message: 'Bad Gateway', hint: null });
  });
  it('says that nobody answers, with a hint', async () => {
    answer(new TypeError('fetch failed'));
    const error = (await get('/state').catch((e: unknown) => e)) as ApiError;
    expect(error).toBeInstanceOf(ApiError);
    expect(error.status).toBe(0);
    expect(error.hint).toContain('start it again');
  });
  it('takes an answer without a body', async () => {
    answer(new Response(null, { status: 204 }));
    await expect(post('/playhead', {})).resolves.toBeUndefined();
  });
  it('knows which frame a picture shows, and that there may be none', async () => {
    answer(new Response('jpeg', { status: 200, headers: { 'x-frame': '7', 'x-exact': '0' } }));
    await expect(picture('/frame')).resolves.toMatchObject({ frame: 7, exact: false });
    answer(new Response(null, { status: 204 }));
    await expect(picture('/frame')).resolves.toBeNull();
  });
});
