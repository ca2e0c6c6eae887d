/**
 * Members of the cast cut out of the stage's own pictures: the mask says which pixels are theirs, the depth how far away they
 * stand, and with the lens that gives how tall they are.
 */

/** The colour of the `owner`-th member (from 1) in a picture of masks, as the program paints it. */
export function maskColour(owner: number): [number, number, number] {
  const hue = ((owner * 0.618034) % 1) * 6;
  const channel = (shift: number) => {
    const k = (hue + shift) % 6;
    return Math.floor((0.92 - 0.6 * Math.min(1, Math.max(0, Math.min(k, 4 - k)))) * 255);
  };
  return [channel(5), channel(3), channel(1)];
}

/** Metres from the lens, of a grey of the picture of depth: white at the lens, black from 400 m on. */
export function depthMetres(grey: number): number {
  return Math.exp((1 - grey / 255) * Math.log(401)) - 1;
}

export interface Figure {
  x: number;
  y: number;
  width: number;
  height: number;
  /** Its pixels within the box: 1 where the figure is. */
  alpha: Uint8Array;
  /** Whether the frame cuts it. */
  cut: boolean;
  metres: number;
}

/** The largest figure of one colour in a picture of masks (RGBA), and how tall it is; `null` when there is none of 40 pixels. */
export function findFigure(mask: Uint8ClampedArray, depth: Uint8ClampedArray, width: number, height: number, colour: readonly [number, number, number], lensMm: number): Figure | null {
  const mine = new Uint8Array(width * height);
  for (let i = 0; i < mine.length; i++) {
    const far = Math.abs(mask[i * 4]! - colour[0]) + Math.abs(mask[i * 4 + 1]! - colour[1]) + Math.abs(mask[i * 4 + 2]! - colour[2]);
    if (far < 90) mine[i] = 1;
  }
  let best: number[] = [];
  for (let start = 0; start < mine.length; start++) {
    if (mine[start] !== 1) continue;
    const found = [start];
    mine[start] = 2;
    for (let n = 0; n < found.length; n++) {
      const at = found[n]!;
      const x = at % width;
      for (const next of [x > 0 ? at - 1 : -1, x < width - 1 ? at + 1 : -1, at - width, at + width]) {
        if (next >= 0 && next < mine.length && mine[next] === 1) {
          mine[next] = 2;
          found.push(next);
        }
      }
    }
    if (found.length > best.length) best = found;
  }
  if (best.length < 40) return null;
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (const at of best) {
    const [x, y] = [at % width, Math.floor(at / width)];
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  const box = { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
  const alpha = new Uint8Array(box.width * box.height);
  for (const at of best) alpha[(Math.floor(at / width) - top) * box.width + (at % width) - left] = 1;
  const greys = best.map((at) => depth[at * 4]!).sort((a, b) => a - b);
  // The nearest of a group reaches from the top of the box to its bottom; grey is brighter the nearer.
  const focal = (lensMm / 36) * width;
  const metres = (box.height * depthMetres(greys[Math.floor(greys.length * 0.85)]!)) / focal;
  return { ...box, alpha, cut: left <= 1 || top <= 1 || right >= width - 2 || bottom >= height - 2, metres };
}
