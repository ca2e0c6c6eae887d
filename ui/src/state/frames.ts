/**
 * Pictures of frames: asked for a few at a time with the newest wish first, kept as JPEG in memory (the last 1500) and
 * decoded only when drawn (the last 64 decoded ones are kept).
 */
import { api } from '../api/client.ts';
import { picture, type Picture } from '../api/transport.ts';

interface Wish {
  url: string;
  order: number;
  waiting: { done: (picture: Picture | null) => void; wanted: () => boolean }[];
  abort: AbortController;
  running: boolean;
}

class Lru<T> {
  private readonly map = new Map<string, T>();
  constructor(
    private readonly limit: number,
    private readonly drop: (value: T) => void = () => {},
  ) {}
  get(key: string): T | undefined {
    const value = this.map.get(key);
    if (value !== undefined) {
      this.map.delete(key);
      this.map.set(key, value);
    }
    return value;
  }
  set(key: string, value: T): void {
    const old = this.map.get(key);
    if (old !== undefined && old !== value) this.drop(old);
    this.map.delete(key);
    this.map.set(key, value);
    while (this.map.size > this.limit) {
      const [oldest, gone] = this.map.entries().next().value!;
      this.map.delete(oldest);
      this.drop(gone);
    }
  }
}

export type Kind = 'picture' | 'depth' | 'mask';

export interface FrameQuery {
  shot: string;
  /** Not the shot, but this member of the cast, alone in an empty studio. */
  portrait?: string;
  version: string;
  frame: number;
  height: number;
  kind?: Kind;
  /** Waits for the frame itself; otherwise the nearest that is there. */
  wait?: boolean;
}

export class Frames {
  private readonly kept = new Lru<Picture>(1500);
  private readonly drawn = new Lru<Promise<ImageBitmap>>(64, (bitmap) => void bitmap.then((one) => one.close(), () => {}));
  private readonly wishes = new Map<string, Wish>();
  private running = 0;
  private order = 0;
  /** The revision of the document that the versions of shots belong to. */
  revision: () => number | undefined = () => undefined;

  /** `slots` requests at once: browsers open six connections, and one waits for events. */
  constructor(
    private readonly slots = 4,
    private readonly ask: (url: string, signal: AbortSignal) => Promise<Picture | null> = picture,
  ) {}

  private key(q: FrameQuery): string {
    return `${q.portrait ?? q.shot}/${q.version}/${q.kind ?? 'picture'}/${q.height}/${q.frame}`;
  }

  /** The frame itself, if it is here already. */
  here(q: FrameQuery): Picture | undefined {
    return this.kept.get(this.key(q));
  }

  /** A picture for the frame: the frame itself or the nearest that there is; `null` when there is none yet. */
  async want(q: FrameQuery, urgent = false, wanted: () => boolean = () => true): Promise<Picture | null> {
    const known = this.here(q);
    if (known) return known;
    const url = api.frame({ shot: q.shot, portrait: q.portrait, frame: q.frame, height: q.height, kind: q.kind ?? 'picture', version: q.version, wait: q.wait ?? false });
    const now = this.revision();
    const found = await this.load(url, urgent, wanted);
    if (!found) return null;
    // The film went on before the program looked: the picture is newer than its name, and must not be kept under it.
    if (found.revision !== undefined && now !== undefined && found.revision !== now) return { ...found, exact: false };
    // The nearest frame is kept as what it is: the picture of that frame.
    this.kept.set(this.key({ ...q, frame: found.frame }), { ...found, exact: true });
    return { ...found, exact: found.exact || found.frame === q.frame };
  }

  /** The picture of a frame of a take. */
  async take(key: string, frame: number, height: number): Promise<Picture | null> {
    const name = `take/${key}/${height}/${frame}`;
    const known = this.kept.get(name);
    if (known) return known;
    const found = await this.load(api.takeFrame(key, frame, height), true);
    if (found) this.kept.set(name, found);
    return found;
  }

  /** A request that nobody wants any more by its turn is not made. */
  private load(url: string, urgent: boolean, wanted: () => boolean = () => true): Promise<Picture | null> {
    return new Promise((done) => {
      const order = urgent ? ++this.order + 1e9 : ++this.order;
      const wish = this.wishes.get(url);
      if (wish) {
        wish.waiting.push({ done, wanted });
        wish.order = Math.max(wish.order, order);
      } else {
        this.wishes.set(url, { url, order, waiting: [{ done, wanted }], abort: new AbortController(), running: false });
      }
      this.pump();
    });
  }

  private pump(): void {
    while (this.running < this.slots) {
      let next: Wish | undefined;
      for (const wish of this.wishes.values()) if (!wish.running && (!next || wish.order > next.order)) next = wish;
      if (!next) return;
      if (next.waiting.some((one) => one.wanted())) {
        void this.run(next);
      } else {
        this.wishes.delete(next.url);
        for (const one of next.waiting) one.done(null);
      }
    }
  }

  private async run(wish: Wish): Promise<void> {
    wish.running = true;
    this.running += 1;
    let found: Picture | null = null;
    try {
      found = await this.ask(wish.url, wish.abort.signal);
    } catch {
      // A picture that cannot be had leaves the one that is shown; what is wrong is told by the events.
    }
    this.running -= 1;
    this.wishes.delete(wish.url);
    for (const one of wish.waiting) one.done(found);
    this.pump();
  }

  /** Decodes a picture. */
  bitmap(picture: Picture, key: string): Promise<ImageBitmap> {
    let bitmap = this.drawn.get(key);
    if (!bitmap) {
      bitmap = createImageBitmap(picture.blob);
      this.drawn.set(key, bitmap);
    }
    return bitmap;
  }
}

export const frames = new Frames();
