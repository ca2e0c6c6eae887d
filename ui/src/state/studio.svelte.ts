/**
 * What the program told us, and the way to change it. All truth is the program's: this store holds the newest state, follows
 * its events, and shows an edit at once while the program is still being asked.
 */
import { api as realApi, type Api } from '../api/client.ts';
import { ApiError } from '../api/transport.ts';
import type { Changed, Engine, Job, Model, Options, Patch, Project, Ranges, State, Storyboard, StudioEvent, TakeInfo } from '../api/types.ts';
import { filmView, type FilmView, type ShotView } from './film.ts';
import { patched } from './patch.ts';

export interface Problem {
  id: number;
  message: string;
  hint: string | null;
  /** Offers to try again. */
  retry?: () => void;
}

interface Pending {
  label: string;
  patch: Patch;
  merge?: string;
  done: ((ok: boolean) => void)[];
}

const RETRY_MS = [250, 500, 1000, 2000, 4000];

export class Studio {
  project = $state.raw<Project | null>(null);
  board = $state.raw<Storyboard | null>(null);
  jobs = $state.raw<Job[]>([]);
  takes = $state.raw<Record<string, TakeInfo[]>>({});
  previews = $state.raw<Record<string, Ranges>>({});
  engine = $state.raw<Engine>({ ready: false, adapter: '', software: false, busy: null, lost: null });
  options = $state.raw<Options | null>(null);
  /** What the Models view shows, once it has asked for it. */
  models = $state.raw<Model[]>([]);
  /** Whether the program answers. */
  connected = $state(false);
  /** Whether the first state has come. */
  loaded = $state(false);
  problems = $state.raw<Problem[]>([]);
  /** What a screen reader should say now. */
  said = $state('');

  readonly film: FilmView | null = $derived(this.board ? filmView(this.board) : null);

  private confirmed = $state.raw<Storyboard | null>(null);
  /** The film as the program has it, which is what it draws. */
  private readonly agreed: FilmView | null = $derived(this.confirmed === this.board ? this.film : this.confirmed && filmView(this.confirmed));
  revision = 0;
  private event = 0;
  private pending: Pending[] = [];
  private sending: Pending | null = null;
  private held: StudioEvent[] = [];
  private changing = 0;
  private stop = new AbortController();
  private problemId = 0;

  constructor(private readonly api: Api = realApi) {}

  /** Loads the state and follows the events until `close`. */
  async open(): Promise<void> {
    const { signal } = this.stop;
    for (let failures = 0; !signal.aborted; ) {
      try {
        if (!this.loaded || failures > 0) {
          this.take(await this.api.state());
          this.options ??= await this.api.options();
          failures = 0;
        }
        const batch = await this.api.events(this.event, signal);
        this.connected = true;
        if (batch.missed) this.take(await this.api.state());
        else for (const event of batch.events) this.receive(event);
        this.event = Math.max(this.event, batch.next);
      } catch (error) {
        if (signal.aborted) return;
        this.connected = false;
        const wait = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)]!;
        failures += 1;
        if (!(error instanceof ApiError)) console.error(error);
        await new Promise((done) => setTimeout(done, wait));
      }
    }
  }

  private waiting: (() => void)[] = [];

  /** Waits until the renderers take jobs, or for so long. */
  ready(limitMs: number): Promise<void> {
    if (this.engine.ready) return Promise.resolve();
    return new Promise((done) => {
      this.waiting.push(done);
      setTimeout(done, limitMs);
    });
  }

  close(): void {
    this.stop.abort();
  }

  /** Takes a whole state as it is. */
  take(state: State): void {
    this.project = state.project;
    this.confirmed = state.board;
    this.revision = state.revision;
    this.jobs = state.jobs;
    this.takes = state.takes;
    this.previews = state.previews;
    this.engine = state.engine;
    this.event = state.event;
    this.held = [];
    this.connected = true;
    this.loaded = true;
    this.show();
  }

  receive(event: StudioEvent): void {
    switch (event.type) {
      case 'board':
        // While we wait for an answer that carries the same change, its event must not come first.
        if (this.changing > 0) this.held.push(event);
        else this.changed(event.revision, event.patch);
        if (event.project) this.project = event.project;
        break;
      case 'project':
        this.project = event.project;
        break;
      case 'job': {
        const known = this.jobs.findIndex((job) => job.id === event.job.id);
        this.jobs = known < 0 ? [...this.jobs, event.job] : this.jobs.with(known, event.job);
        this.announce(event.job);
        break;
      }
      case 'takes':
        this.takes = { ...this.takes, [event.shot]: event.takes };
        break;
      case 'previews':
        this.previews = { ...this.previews, [event.shot]: event.ranges };
        break;
      case 'engine':
        this.engine = event.engine;
        if (event.engine.ready) for (const done of this.waiting.splice(0)) done();
        break;
      case 'model':
        this.models = this.models.map((one) => (one.name === event.model.name ? event.model : one));
        break;
      case 'notice':
        this.report(event.text, event.hint);
        break;
    }
  }

  private quarter = new Map<string, number>();

  /** Says at every quarter how far a job is. */
  private announce(job: Job): void {
    const quarter = job.state === 'running' && job.frames_total > 0 ? Math.floor((job.frames_done / job.frames_total) * 4) * 25 : -1;
    if (job.state === 'done' || job.state === 'failed') this.said = `${job.title}: ${job.state}`;
    else if (quarter > 0 && this.quarter.get(job.id) !== quarter) this.said = `${job.title}: ${quarter}%`;
    this.quarter.set(job.id, quarter);
  }

  private changed(revision: number, patch: Patch | null): void {
    if (revision <= this.revision) return;
    if (patch === null || this.confirmed === null || revision !== this.revision + 1) {
      void this.reload();
      return;
    }
    try {
      this.confirmed = patched(this.confirmed, patch);
      this.revision = revision;
      this.show();
    } catch {
      void this.reload();
    }
  }

  private reloading: Promise<void> | null = null;

  reload(): Promise<void> {
    this.reloading ??= this.api
      .state()
      .then((state) => this.take(state))
      .catch((error: unknown) => this.fail(error))
      .finally(() => (this.reloading = null));
    return this.reloading;
  }

  /** The board as it will be once the program has agreed to what was asked. */
  private show(): void {
    let board = this.confirmed;
    for (const one of [...(this.sending ? [this.sending] : []), ...this.pending]) {
      if (board === null) break;
      try {
        board = patched(board, one.patch);
      } catch {
        // The document moved on under the edit; the program will refuse it too, and say so.
      }
    }
    this.board = board;
  }

  /** Which version of a shot the program draws: an edit that it has not yet heard of is in no picture. */
  agreedVersion(view: ShotView): string {
    return this.agreed?.byId.get(view.shot.id)?.version ?? view.version;
  }

  /** Edits the storyboard. With `merge`, steps of the same name that follow each other are one step of undo. */
  edit(label: string, patch: Patch, merge?: string): Promise<boolean> {
    if (patch.length === 0) return Promise.resolve(true);
    return new Promise((done) => {
      const last = this.pending.at(-1);
      const same = last && merge !== undefined && last.merge === merge && last.patch.length === patch.length && last.patch.every((op, i) => op.path === patch[i]!.path && op.op === patch[i]!.op);
      if (same) {
        last.patch = patch;
        last.done.push(done);
      } else {
        this.pending.push({ label, patch, ...(merge === undefined ? {} : { merge }), done: [done] });
      }
      this.show();
      void this.flush();
    });
  }

  private async flush(): Promise<void> {
    if (this.sending) return;
    const next = this.pending.shift();
    if (!next) return;
    this.sending = next;
    this.changing += 1;
    let ok = false;
    try {
      const answer = await this.api.edit(this.revision, next.label, next.patch, next.merge);
      this.sending = null;
      this.changed(answer.revision, answer.patch);
      ok = true;
    } catch (error) {
      this.sending = null;
      this.fail(error);
    } finally {
      this.changing -= 1;
    }
    this.release();
    this.show();
    for (const done of next.done) done(ok);
    void this.flush();
  }

  private release(): void {
    if (this.changing > 0) return;
    const held = this.held;
    this.held = [];
    for (const event of held) this.receive(event);
  }

  /** A change that the program makes itself: add, divide, undo. Waits for edits that are under way. */
  async change(ask: () => Promise<Changed>): Promise<Changed | null> {
    while (this.sending || this.pending.length) await new Promise((done) => setTimeout(done, 8));
    this.changing += 1;
    try {
      const answer = await ask();
      this.changed(answer.revision, answer.patch);
      await this.reloading;
      return answer;
    } catch (error) {
      this.fail(error);
      return null;
    } finally {
      this.changing -= 1;
      this.release();
    }
  }

  /** Asks for something that changes no document. */
  async ask<T>(request: () => Promise<T>): Promise<T | null> {
    try {
      return await request();
    } catch (error) {
      this.fail(error);
      return null;
    }
  }

  /** Asks for something that answers with a whole state. */
  async switchTo(request: () => Promise<State>): Promise<boolean> {
    const state = await this.ask(request);
    if (state) this.take(state);
    return state !== null;
  }

  fail(error: unknown): void {
    if (error instanceof ApiError) this.report(error.message, error.hint);
    else if (!(error instanceof DOMException && error.name === 'AbortError')) this.report(String(error), null);
  }

  report(message: string, hint: string | null): void {
    const rest = this.problems.filter((one) => one.message !== message).slice(-2);
    this.problems = [...rest, { id: ++this.problemId, message, hint }];
  }

  dismiss(id: number): void {
    this.problems = this.problems.filter((one) => one.id !== id);
  }

  /** The newest unfinished job of a shot. */
  jobOf(shot: string): Job | undefined {
    return this.jobs.findLast((job) => job.shot === shot && isOpen(job));
  }

  /** The job of a shot that failed and was not tried again since. */
  failedJobOf(shot: string): Job | undefined {
    const last = this.jobs.findLast((job) => job.shot === shot && job.kind === 'take');
    return last && (last.state === 'failed' || last.state === 'interrupted') ? last : undefined;
  }
}

/** `llvmpipe (LLVM 15.0.6, 256 bits)` without what stands in brackets. */
export function plainName(adapter: string): string {
  return adapter.replace(/\s*\(.*\)$/, '');
}

export function isOpen(job: Job): boolean {
  return job.state === 'queued' || job.state === 'running' || job.state === 'paused' || job.state === 'cancelling';
}
