/** The playhead and the clock: where in the film we are, and how it runs. Frames are frames of the whole film. */
import { api } from '../api/client.ts';
import { shotAt, type FilmView } from './film.ts';
import { FilmSound } from './sound.ts';

export type Scope = 'shot' | 'scene' | 'film';

export class Playback {
  /** The frame that is seen. */
  frame = $state(0);
  playing = $state(false);
  /** Frames run at this multiple of real time; negative runs backwards. */
  rate = $state(1);
  loop = $state(true);
  scope = $state<Scope>('shot');
  markIn = $state<number | null>(null);
  markOut = $state<number | null>(null);
  muted = $state(false);
  /** While the hand drags the playhead. */
  scrubbing = $state(false);

  private readonly sound = new FilmSound();
  private raf = 0;
  private told = '';
  private tellTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly film: () => FilmView | null) {}

  /** First frame and the frame after the last of what plays. */
  range(): [number, number] {
    const film = this.film();
    if (!film || film.frames === 0) return [0, 1];
    let from = 0;
    let to = film.frames;
    const here = shotAt(film, Math.min(this.frame, film.frames - 1));
    if (here && this.scope === 'shot') [from, to] = [here.view.start, here.view.start + here.view.frames];
    else if (here && this.scope === 'scene') {
      const scene = film.scenes[here.view.sceneIndex]!;
      [from, to] = [scene.start, scene.start + scene.frames];
    }
    if (this.markIn !== null && this.markIn >= from && this.markIn < to) from = this.markIn;
    if (this.markOut !== null && this.markOut >= from && this.markOut < to) to = this.markOut + 1;
    return [from, to];
  }

  /** Goes to a frame; what plays keeps playing from there. */
  seek(frame: number): void {
    const film = this.film();
    const last = Math.max(0, (film?.frames ?? 1) - 1);
    this.frame = Math.min(last, Math.max(0, Math.round(frame)));
    if (this.playing && !this.scrubbing) this.start(this.rate);
    this.tell();
  }

  step(frames: number): void {
    this.pause();
    this.seek(this.frame + frames);
  }

  toggle(): void {
    if (this.playing) this.pause();
    else this.start(1);
  }

  /** J and L: the first press runs, each further one doubles, up to eight times. */
  shuttle(direction: 1 | -1): void {
    const faster = this.playing && Math.sign(this.rate) === direction;
    this.start(faster ? Math.max(-8, Math.min(8, this.rate * 2)) : direction);
  }

  pause(): void {
    this.playing = false;
    this.rate = 1;
    cancelAnimationFrame(this.raf);
    this.sound.stop();
    this.tell();
  }

  setVersion(version: string): void {
    this.sound.setVersion(version);
  }

  setMuted(muted: boolean): void {
    this.muted = muted;
    this.sound.mute(muted);
  }

  private async start(rate: number): Promise<void> {
    const film = this.film();
    if (!film) return;
    cancelAnimationFrame(this.raf);
    this.sound.stop();
    this.playing = true;
    this.rate = rate;
    const [from, to] = this.range();
    if (rate > 0 && this.frame >= to - 1) this.frame = from;
    if (rate < 0 && this.frame <= from) this.frame = to - 1;
    this.tell();
    const begin = this.frame;
    let clock: (() => number) | null = null;
    let own = performance.now();
    const seconds = () => (clock ? clock() - begin / film.fps : ((performance.now() - own) / 1000) * this.rate);
    if (rate === 1) {
      const started = await this.sound.play(begin / film.fps, to / film.fps);
      if (!this.playing || this.rate !== 1 || this.frame !== begin) return;
      clock = started;
      own = performance.now();
    }
    const tick = () => {
      if (!this.playing) return;
      const at = begin + Math.floor(seconds() * film.fps + (rate < 0 ? 0.999 : 1e-6));
      if (at >= to || at < from) {
        if (this.loop) {
          this.frame = rate > 0 ? from : to - 1;
          void this.start(rate);
        } else {
          this.frame = rate > 0 ? to - 1 : from;
          this.pause();
        }
        return;
      }
      if (at !== this.frame) {
        this.frame = at;
        this.tell();
      }
      this.raf = requestAnimationFrame(tick);
    };
    this.raf = requestAnimationFrame(tick);
  }

  setMark(which: 'in' | 'out'): void {
    if (which === 'in') {
      this.markIn = this.frame;
      if (this.markOut !== null && this.markOut <= this.frame) this.markOut = null;
    } else {
      this.markOut = this.frame;
      if (this.markIn !== null && this.markIn >= this.frame) this.markIn = null;
    }
  }

  clearMarks(): void {
    this.markIn = null;
    this.markOut = null;
  }

  /** Tells it anew, when a film was opened. */
  begin(): void {
    this.told = '';
    this.tell();
  }

  /** Tells the program where we are, so that the frames near by are drawn first; not more often than it can use. */
  private tell(): void {
    if (this.tellTimer) return;
    this.tellTimer = setTimeout(() => {
      this.tellTimer = undefined;
      const film = this.film();
      const here = film && shotAt(film, this.frame);
      if (!here) return;
      const now = `${here.view.shot.id}/${here.frame}/${this.playing}`;
      if (now === this.told) return;
      this.told = now;
      api.playhead(here.view.shot.id, here.frame, this.playing).catch(() => {});
    }, 120);
  }
}
