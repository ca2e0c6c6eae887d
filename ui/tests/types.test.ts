import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type * as Program from '../src/api/schema.ts';
import type * as Page from '../src/api/types.ts';

// The page's types say what is always there, which the program's schema of requests cannot; the names must be the same. What
// differs fails `npm run check`.
type Named<T> = keyof { [K in keyof T as string extends K ? never : K]: 1 };
type Same<A, B> = [Named<A>] extends [Named<B>] ? ([Named<B>] extends [Named<A>] ? true : { missing: Exclude<Named<B>, Named<A>> }) : { unknown: Exclude<Named<A>, Named<B>> };

const same: {
  state: Same<Page.State, Program.State>;
  project: Same<Page.Project, Program.ProjectInfo>;
  job: Same<Page.Job, Program.Job>;
  take: Same<Page.TakeInfo, Program.TakeInfo>;
  engine: Same<Page.Engine, Program.EngineInfo>;
  batch: Same<Page.EventBatch, Program.EventBatch>;
  changed: Same<Page.Changed, Program.Changed>;
  reading: Same<Page.Reading, Program.Reading>;
  readSpan: Same<Page.ReadSpan, Program.ReadSpan>;
  rail: Same<Page.Rail, Program.Rail>;
  projects: Same<Page.Projects, Program.Projects>;
  recent: Same<Page.RecentProject, Program.RecentProject>;
  options: Same<Page.Options, Program.Options>;
  model: Same<Page.Model, Program.ModelInfo>;
  settings: Same<Page.Settings, Program.Settings>;
  exportOrder: Same<Page.ExportOrder, Program.ExportOrder>;
  storyboard: Same<Page.Storyboard, Program.Storyboard>;
  look: Same<Page.Look, Program.Look>;
  format: Same<Page.Format, Program.Format>;
  member: Same<Page.CastMember, Program.CastMember>;
  place: Same<Page.Place, Program.Place>;
  scene: Same<Page.Scene, Program.Scene>;
  shot: Same<Page.Shot, Program.Shot>;
  development: Same<Page.Development, Program.Development>;
  presence: Same<Page.Presence, Program.Presence>;
  placement: Same<Page.Placement, Program.Placement>;
  beat: Same<Page.Beat, Program.Beat>;
  camera: Same<Page.Camera, Program.Camera>;
  transition: Same<Page.Transition, Program.Transition>;
  hand: Same<Page.Hand, Program.Hand>;
  mark: Same<Page.Mark, Program.Mark>;
  layout: Same<Page.Layout, Program.Layout>;
  layoutCamera: Same<Page.LayoutCamera, Program.LayoutCamera>;
  layoutActor: Same<Page.LayoutActor, Program.LayoutActor>;
  sound: Same<Page.Sound, Program.Sound>;
  line: Same<Page.Line, Program.Line>;
  note: Same<Page.Note, Program.Note>;
} = {
  state: true, project: true, job: true, take: true, engine: true, batch: true, changed: true, reading: true, readSpan: true, rail: true, projects: true, recent: true,
  options: true, model: true, settings: true, exportOrder: true, storyboard: true, look: true, format: true, member: true, place: true, scene: true, shot: true, development: true, presence: true,
  beat: true, placement: true, camera: true, hand: true, mark: true, layout: true, layoutCamera: true, layoutActor: true, transition: true, sound: true, line: true, note: true,
};

it('has the types of the program', () => {
  expect(Object.values(same).every((one) => one === true)).toBe(true);
});

it('has types that were made from the newest schema', async () => {
  const { generated } = await import('../scripts/types.mjs');
  expect(await generated()).toBe(readFileSync(join(import.meta.dirname, '../src/api/schema.ts'), 'utf8'));
});
