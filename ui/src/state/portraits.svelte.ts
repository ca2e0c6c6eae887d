/** Portraits of the cast, made once from the pictures of the shots that they are in. */
import { SvelteMap } from 'svelte/reactivity';
import type { CastMember } from '../api/types.ts';
import { findFigure, maskColour, ownerOf, type Figure } from './cutout.ts';
import { castOf, hashOf, type FilmView, type ShotView } from './film.ts';
import { frames, type Kind } from './frames.ts';

export interface Portrait {
  url: string;
  /** Width by height. */
  aspect: number;
  /** How tall they stand; `null` when no shot shows them whole. */
  metres: number | null;
}

/** Framings that show somebody whole come first. */
const WHOLE = ['full', 'wide', 'medium-wide', 'extreme-wide', 'medium', 'medium-close-up', 'over-the-shoulder', 'close-up', 'extreme-close-up', 'point-of-view'];

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
  want(film: FilmView, member: CastMember, height: number): void {
    const key = this.key(member);
    if (this.made.has(key) || this.asked.has(key)) return;
    this.asked.add(key);
    this.queue = this.queue.then(() => this.make(film, member, height)).then((portrait) => void this.made.set(key, portrait)).catch(() => void this.made.set(key, null));
  }
  private readonly asked = new Set<string>();

  private async make(film: FilmView, member: CastMember, height: number): Promise<Portrait | null> {
    const shots = film.shots
      .filter((one) => castOf(one.shot).includes(member.id) && ownerOf(film.board.cast, one.shot, member.id) > 0)
      .sort((a, b) => WHOLE.indexOf(a.shot.camera.framing) - WHOLE.indexOf(b.shot.camera.framing))
      .slice(0, 3);
    let best: { figure: Figure; picture: ImageData } | null = null;
    for (const view of shots) {
      const found = await this.cut(film, view, member, height);
      if (found && (!best || (best.figure.cut && !found.figure.cut))) best = found;
      if (best && !best.figure.cut && best.figure.height > height / 6) break;
    }
    if (!best) return null;
    const { figure, picture } = best;
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

  private async cut(film: FilmView, view: ShotView, member: CastMember, height: number): Promise<{ figure: Figure; picture: ImageData } | null> {
    const frame = Math.floor(view.frames / 2);
    const read = async (kind: Kind): Promise<ImageData | null> => {
      const found = await frames.want({ shot: view.shot.id, version: view.version, frame, height, kind, wait: true });
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
    const owner = ownerOf(film.board.cast, view.shot, member.id);
    const figure = findFigure(mask.data, depth.data, mask.width, mask.height, maskColour(owner), view.shot.camera.lens_mm);
    return figure && { figure, picture };
  }
}

export const portraits = new Portraits();
