import { describe, expect, it } from 'vitest';
import { aspectName, beatStarts, beatWords, castOf, filmView, letter, shotAt, thirdPerson } from '../src/state/film.ts';
import { seenAt } from '../src/state/join.ts';
import { patched, setField } from '../src/state/patch.ts';
import { clockIn, left, mark, rulerStep, size, span, timecode } from '../src/state/time.ts';
import { pieces } from '../src/lib/spans.ts';
import { depthMetres, findFigure, maskColour } from '../src/state/cutout.ts';
import { board } from './sample.ts';

describe('time', () => {
  it('writes timecode, lengths and marks', () => {
    expect(timecode(168, 24)).toBe('00:00:07:00');
    expect(timecode(24 * 3661 + 5, 24)).toBe('01:01:01:05');
    expect([span(28), span(60), span(200), span(3900)]).toEqual(['28 s', '1 min', '3 min 20 s', '1 h 5 min']);
    expect([left(0.2), left(52), left(170)]).toEqual(['1 s', '52 s', '3 min']);
    expect([mark(0), mark(58), mark(64)]).toEqual(['00', '58', '1:04']);
    expect([rulerStep(48), rulerStep(3), rulerStep(400)]).toEqual([2, 30, 1]);
    expect(clockIn(120, new Date(2020, 0, 1, 14, 30))).toBe('14:32');
    expect([size(67e6), size(1.9e9), size(19e9)]).toEqual(['67 MB', '1.9 GB', '19 GB']);
  });
});

describe('the film', () => {
  const film = filmView(board());
  it('lays the shots on frames and names them', () => {
    expect(film.shots.map((one) => [one.slate, one.start, one.frames])).toEqual([['1A', 0, 96], ['1B', 96, 48], ['2A', 144, 72]]);
    expect(film.scenes[0]!.title).toBe('Snowy meadow, golden hour');
    expect(film.shots[0]!.title).toBe('Woolly mammoths approach');
    expect([letter(0), letter(25), letter(26), letter(52)]).toEqual(['A', 'Z', 'AA', 'BA']);
  });
  it('never lets rounding add up', () => {
    const odd = board();
    odd.scenes[0]!.shots = Array.from({ length: 100 }, (_, i) => ({ ...odd.scenes[0]!.shots[0]!, id: `x${i}`, seconds: 1.02 }));
    odd.scenes.length = 1;
    expect(filmView(odd).frames).toBe(Math.round(102 * 24));
  });
  it('finds the shot at a frame', () => {
    expect(shotAt(film, 95)).toMatchObject({ frame: 95, view: { slate: '1A' } });
    expect(shotAt(film, 96)).toMatchObject({ frame: 0, view: { slate: '1B' } });
    expect(shotAt(film, 9999)).toMatchObject({ frame: 71, view: { slate: '2A' } });
  });
  it('gives a shot a new version only when what it shows changes', () => {
    const next = filmView(patched(board(), setField(board(), '/scenes/0/shots/0/camera', 'lens_mm', 85)));
    expect(next.shots[0]!.version).not.toBe(film.shots[0]!.version);
    expect(next.shots[1]!.version).toBe(film.shots[1]!.version);
    const looks = filmView(patched(board(), setField(board(), '/look', 'palette', 'cool')));
    expect(looks.shots[1]!.version).not.toBe(film.shots[1]!.version);
  });
  it('mixes two shots in a dissolve as the finished film does', () => {
    const at = seenAt(film, 144)!;
    expect(at.base.view.slate).toBe('2A');
    expect(at.before).toMatchObject({ frame: 48, wipe: false, view: { slate: '1B' } });
    expect(at.before!.amount).toBeCloseTo(1 / 13);
    expect(seenAt(film, 156)!.before).toBeUndefined();
  });
  it('spreads beats over the shot, those together at once', () => {
    const view = film.shots[0]!;
    const beat = view.shot.beats[0]!;
    const three = { ...view, shot: { ...view.shot, beats: [beat, { ...beat, simultaneous: true }, beat] } };
    expect(beatStarts(three)).toEqual([0, 0, 48]);
    expect(castOf(view.shot)).toEqual(['mammoths']);
  });
  it('names beats in a few words', () => {
    const beat = film.shots[0]!.shot.beats[0]!;
    expect(beatWords(board(), { ...beat, who: ['woman'], action: 'look', what: ['mammoths'] })).toBe('woman looks woolly mammoths');
    expect(beatWords(board(), { ...beat, who: ['woman'], action: 'walk', what: ['tent'] })).toBe('woman walks');
    expect(beatWords(board(), { ...beat, who: [], action: 'stand', what: ['tree'] })).toBe('tree stand');
    expect(['pass', 'carry', 'play', 'go', 'look up'].map(thirdPerson)).toEqual(['passes', 'carries', 'plays', 'goes', 'looks up']);
  });
  it('knows aspects by name', () => expect([aspectName(1280, 720), aspectName(720, 1280), aspectName(1280, 536), aspectName(1000, 700)]).toEqual(['16:9', '9:16', '2.39:1', '1.43:1']));
});

describe('patches', () => {
  it('marks a field that was set by hand', () => {
    const first = patched(board(), setField(board(), '/scenes/0', 'time', 'night'));
    expect(first.scenes[0]).toMatchObject({ time: 'night', sources: { time: 'edited' } });
    const second = patched(first, setField(first, '/scenes/0', 'wind', 0.4));
    expect(second.scenes[0]).toMatchObject({ wind: 0.4, sources: { time: 'edited', wind: 'edited' } });
    const third = patched(second, setField(second, '/scenes/0', 'wind', undefined));
    expect(third.scenes[0]).not.toHaveProperty('wind');
  });
  it('leaves the document alone when it does not fit', () => {
    const before = board();
    expect(() => patched(before, [{ op: 'replace', path: '/title', value: 'x' }, { op: 'remove', path: '/nowhere/at/all' }])).toThrow();
    expect(before.title).toBe('Mammoths');
  });
});

describe('the pieces of the script', () => {
  const span = (start: number, end: number, kind: 'who' | 'what') => ({ start, end, kind, to: {} });
  it('are the whole text in order; the inner span wins', () => {
    const text = 'Two mammoths approach slowly.';
    const cut = pieces(text, [span(0, 21, 'what'), span(0, 12, 'who')]);
    expect(cut.map((one) => [one.text, one.span?.kind ?? null])).toEqual([['Two mammoths', 'who'], [' approach', 'what'], [' slowly.', null]]);
    expect(pieces(text, []).map((one) => one.text)).toEqual([text]);
    expect(pieces('ab', [span(1, 99, 'who')]).map((one) => one.text)).toEqual(['a', 'b']);
  });
});

describe('cut-outs', () => {
  it('finds the largest figure of a colour and how tall it is', () => {
    const [w, h] = [64, 36];
    const mask = new Uint8ClampedArray(w * h * 4).fill(28);
    const depth = new Uint8ClampedArray(w * h * 4);
    const colour = maskColour(2);
    const grey = Math.round((1 - Math.log(11) / Math.log(401)) * 255);
    for (let y = 6; y < 30; y++) for (let x = 20; x < 30; x++) {
      mask.set(colour, (y * w + x) * 4);
      depth.fill(grey, (y * w + x) * 4, (y * w + x) * 4 + 3);
    }
    mask.set(colour, (2 * w + 2) * 4);
    const figure = findFigure(mask, depth, w, h, colour, 36)!;
    expect(figure).toMatchObject({ x: 20, y: 6, width: 10, height: 24, cut: false });
    // Ten metres away, 24 of 64 pixels at a lens as long as the sensor is wide.
    expect(figure.metres).toBeCloseTo((24 * 10) / 64, 0);
    expect(findFigure(mask, depth, w, h, maskColour(1), 36)).toBeNull();
  });
  it('reads metres off the greys of depth', () => {
    expect(depthMetres(255)).toBeCloseTo(0);
    expect(depthMetres(0)).toBeCloseTo(400);
  });
});
