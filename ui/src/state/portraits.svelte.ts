/** Portraits of the cast: each member alone in an empty studio, cut out. */
import { SvelteMap } from 'svelte/reactivity';
import type { CastMember } from '../api/types.ts';
import { findFigure, maskColour } from './cutout.ts';
import { hashOf, type FilmView } from './film.ts';
import { frames, type Kind } from './frames.ts';

export interface Portrait {
  url: string;
  /** Width by height. */
  aspect: number;
  /** How tall they stand; `null` when no shot shows them whole. */
  metres: number | null;
}

/** Pixels down of the picture that a portrait is cut from, and the lens it is taken with; the program's own. */
const HEIGHT = 540;
const LENS_MM = 70;

class Portraits {
  private readonly made = new SvelteMap<string, Portrait | null>();
  private queue: Promise<void> = Promise.resolve();

  private key(member: CastMember): string {
    return `${member.id}/${hashOf(member)}`;
  }

  /** The portrait, `null` when none could be made, `undefined` while it is being made or was not asked for. */
  of(member: CastMember): Portrait | null | undefined {
    return this.made.get(this.key(member));
  }

  /** Has a portrait made, after those that were asked for before. */
  want(film: FilmView, member: CastMember): void {
    const key = this.key(member);
    const shot = film.shots[0]?.shot.id;
    if (this.made.has(key) || this.asked.has(key) || !shot) return;
    this.asked.add(key);
    this.queue = this.queue.then(() => this.make(shot, member, `${hashOf(member)}`)).then((portrait) => void this.made.set(key, portrait)).catch(() => void this.made.set(key, null));
  }
  private readonly asked = new Set<string>();

  private async make(shot: string, member: CastMember, version: string): Promise<Portrait | null> {
    const read = async (kind: Kind): Promise<ImageData | null> => {
      const found = await frames.want({ shot, portrait: member.id, version, frame: 0, height: HEIGHT, kind, wait: true });
      if (!found) return null;
      const bitmap = await createImageBitmap(found.blob);
      const canvas = document.createElement('canvas');
      canvas.width = bitmap.width;
      canvas.height = bitmap.height;
      const context = canvas.getContext('2d', { willReadFrequently: true });
      context?.drawImage(bitmap, 0, 0);
      bitmap.close();
      return context?.getImageData(0, 0, canvas.width, canvas.height) ?? null;
    };
    const mask = await read('mask');
    const depth = mask && (await read('depth'));
    const picture = depth && (await read('picture'));
    if (!mask || !depth || !picture || mask.width !== picture.width || mask.height !== picture.height) return null;
    const figure = findFigure(mask.data, depth.data, mask.width, mask.height, maskColour(1), LENS_MM);
    if (!figure) return null;
    const canvas = document.createElement('canvas');
    canvas.width = figure.width;
    canvas.height = figure.height;
    const context = canvas.getContext('2d');
    if (!context) return null;
    const out = context.createImageData(figure.width, figure.height);
    for (let y = 0; y < figure.height; y++) {
      for (let x = 0; x < figure.width; x++) {
        const from = ((y + figure.y) * picture.width + x + figure.x) * 4;
        const to = (y * figure.width + x) * 4;
        out.data.set(picture.data.subarray(from, from + 3), to);
        out.data[to + 3] = figure.alpha[y * figure.width + x]! * 255;
      }
    }
    context.putImageData(out, 0, 0);
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done));
    return blob && { url: URL.createObjectURL(blob), aspect: figure.width / figure.height, metres: figure.cut ? null : figure.metres };
  }
}

export const portraits = new Portraits();
