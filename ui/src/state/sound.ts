/**
 * The film's sound, in chunks of four seconds that are asked for ahead of the playhead and joined without a gap. While it
 * plays, its clock is the clock of the film: the picture follows the sound.
 */
import { api } from '../api/client.ts';
import { bytes } from '../api/transport.ts';

const CHUNK_SECS = 4;

export class FilmSound {
  private context: AudioContext | null = null;
  private gain: GainNode | null = null;
  private sources: AudioBufferSourceNode[] = [];
  private run = 0;
  private readonly chunks = new Map<string, Promise<AudioBuffer | null>>();
  private version = '';
  muted = false;

  /** Chunks of another version of the film are forgotten. */
  setVersion(version: string): void {
    if (version === this.version) return;
    this.version = version;
    this.chunks.clear();
  }

  /**
   * Plays from `from` seconds of the film to `until`. Resolves to a clock that tells the second that is heard, or `null`
   * when there is no sound to be had; then the caller keeps time itself.
   */
  async play(from: number, until: number): Promise<(() => number) | null> {
    this.stop();
    const run = ++this.run;
    try {
      this.context ??= new AudioContext({ sampleRate: 48_000 });
      this.gain ??= this.context.createGain();
      this.gain.connect(this.context.destination);
      this.gain.gain.value = this.muted ? 0 : 1;
      await Promise.race([this.context.resume(), new Promise((done) => setTimeout(done, 300))]);
    } catch {
      return null;
    }
    const context = this.context;
    if (context.state !== 'running') return null;
    const first = await Promise.race([this.chunk(from, until), new Promise<null>((done) => setTimeout(done, 400, null))]);
    if (run !== this.run || !first) return null;
    const begin = context.currentTime + 0.03;
    this.schedule(first, begin, run);
    void this.follow(run, begin, from, until);
    return () => from + Math.max(0, context.currentTime - begin - context.baseLatency);
  }

  private async follow(run: number, begin: number, from: number, until: number): Promise<void> {
    for (let at = from + CHUNK_SECS; at < until && run === this.run; at += CHUNK_SECS) {
      const buffer = await this.chunk(at, until);
      if (run !== this.run || !this.context) return;
      const start = begin + (at - from);
      if (buffer && start + buffer.duration > this.context.currentTime) this.schedule(buffer, start, run);
      // Two chunks ahead are enough.
      while (run === this.run && this.context.currentTime < start - CHUNK_SECS) await new Promise((done) => setTimeout(done, 200));
    }
  }

  private chunk(from: number, until: number): Promise<AudioBuffer | null> {
    const seconds = Math.min(CHUNK_SECS, until - from);
    const key = `${from.toFixed(3)}+${seconds.toFixed(3)}`;
    let chunk = this.chunks.get(key);
    if (!chunk) {
      chunk = bytes(`${api.sound(from, seconds)}&r=${this.version}`)
        .then((data) => this.context!.decodeAudioData(data))
        .catch(() => null);
      this.chunks.set(key, chunk);
      if (this.chunks.size > 24) this.chunks.delete(this.chunks.keys().next().value!);
    }
    return chunk;
  }

  private schedule(buffer: AudioBuffer, at: number, run: number): void {
    if (run !== this.run || !this.context || !this.gain) return;
    const source = this.context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.gain);
    const late = Math.max(0, this.context.currentTime - at);
    if (late >= buffer.duration) return;
    source.start(Math.max(at, this.context.currentTime), late);
    this.sources.push(source);
    source.onended = () => (this.sources = this.sources.filter((one) => one !== source));
  }

  mute(muted: boolean): void {
    this.muted = muted;
    if (this.gain) this.gain.gain.value = muted ? 0 : 1;
  }

  stop(): void {
    this.run += 1;
    for (const source of this.sources) {
      source.onended = null;
      source.stop();
    }
    this.sources = [];
  }
}
