import { describe, expect, it } from 'vitest';
import type { Picture } from '../src/api/transport.ts';
import { Frames } from '../src/state/frames.ts';

const blob = new Blob(['jpeg']);
const at = (frame: number) => ({ shot: 's1-010', version: 'v1', frame, height: 360 });
const frameOf = (url: string) => Number(new URL(url, 'http://x').searchParams.get('frame'));

describe('frames', () => {
  it('keeps a nearest frame as the picture of that frame, not of the one asked for', async () => {
    const asked: number[] = [];
    const frames = new Frames(2, async (url): Promise<Picture> => { asked.push(frameOf(url)); return { blob, frame: 4, exact: false }; });
    expect(await frames.want(at(6))).toMatchObject({ frame: 4, exact: false });
    expect(await frames.want(at(4))).toMatchObject({ frame: 4, exact: true });
    expect(asked).toEqual([6]);
    expect(frames.here(at(6))).toBeUndefined();
  });
  it('makes the newest urgent wish first, and none that nobody wants any more', async () => {
    const asked: number[] = [];
    let free!: () => void;
    const frames = new Frames(1, async (url): Promise<Picture> => {
      asked.push(frameOf(url));
      if (asked.length === 1) await new Promise<void>((done) => (free = done));
      return { blob, frame: frameOf(url), exact: true };
    });
    const all = [frames.want(at(0)), frames.want(at(1)), frames.want(at(2), false, () => false), frames.want(at(3)), frames.want(at(9), true)];
    free();
    const found = await Promise.all(all);
    expect(asked).toEqual([0, 9, 3, 1]);
    expect(found[2]).toBeNull();
  });
  it('keeps no picture that shows the film as it was later than its name says', async () => {
    let revision = 4;
    const frames = new Frames(1, async (): Promise<Picture> => ({ blob, frame: 0, exact: true, revision }));
    frames.revision = () => 4;
    revision = 5;
    expect(await frames.want(at(0))).toMatchObject({ exact: false, revision: 5 });
    expect(frames.here(at(0))).toBeUndefined();
    revision = 4;
    expect(await frames.want(at(0))).toMatchObject({ exact: true });
    expect(frames.here(at(0))).toBeDefined();
  });
  it('gives no picture when it cannot be had, and asks again next time', async () => {
    let n = 0;
    const frames = new Frames(1, async () => { n += 1; throw new Error('lost'); });
    expect(await frames.want(at(0))).toBeNull();
    expect(await frames.want(at(0))).toBeNull();
    expect(n).toBe(2);
  });
});
